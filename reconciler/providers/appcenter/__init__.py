"""Visual Studio App Center: audiences, custom properties and push."""
