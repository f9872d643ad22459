"""The JSON Schemas of every kind, of the project file and of a plan; installed as `reconciler.schemas`."""
