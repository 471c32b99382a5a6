"""Files and pictures: CSV, XLSX, MJML, charts. Nothing here knows the product's rules."""
