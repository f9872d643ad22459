"""The sandbox: a server that every test reaches through real HTTP."""
