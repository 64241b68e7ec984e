"""The default transport: requests' adapter, with every connection judged as it is made."""
