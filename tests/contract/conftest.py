from tests.support.fixtures import azure, center, forks, sandbox_url, shop, stage_folder, web

__all__ = ["azure", "center", "forks", "sandbox_url", "shop", "stage_folder", "web"]
