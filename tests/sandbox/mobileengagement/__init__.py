"""The Mobile Engagement sandbox, measured by the fact sheet and by the vendor's own description."""
