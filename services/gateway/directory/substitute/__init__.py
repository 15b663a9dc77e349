"""Who acts in whose stead, from one day to another."""
