"""The domain of a boot farm: SQL, files, time and rules. It knows neither HTTP nor machines."""
