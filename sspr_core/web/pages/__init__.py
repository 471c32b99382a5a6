"""The portal: pages rendered here, over the same answers as the API's."""
