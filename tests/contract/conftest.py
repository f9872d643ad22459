from tests.support.fixtures import forks, sandbox_url, shop

__all__ = ["forks", "sandbox_url", "shop"]
