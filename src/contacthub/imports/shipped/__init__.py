"""Recipes for the exports of other systems. Data only; `recipes` reads them."""
