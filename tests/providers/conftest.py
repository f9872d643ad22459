from tests.support.fixtures import azure, sandbox_url, stage_folder, web

__all__ = ["azure", "sandbox_url", "stage_folder", "web"]
