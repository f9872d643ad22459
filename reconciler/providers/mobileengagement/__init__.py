"""Azure Mobile Engagement: criteria and campaigns, over its last documented API."""
