"""Licences that cost nothing and make nobody a user to look after (SKU ids; Microsoft's product names)."""

FREE_SKUS = frozenset(
    {
        "f30db892-07e9-47e9-837c-80727f46fd3d",  # FLOW_FREE
        "a403ebcc-fae0-4ca2-8c8c-7a907fd6c235",  # POWER_BI_STANDARD
    }
)
