"""Plan and apply for audiences, custom properties, campaigns and notifications."""

__version__ = "0.1.0"
