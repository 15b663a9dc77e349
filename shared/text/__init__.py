"""Text as it is looked for: what people type without the differences that they do not mean.

Folding makes `Nguyễn` and `nguyen`, `王經理` and `王经理`, full width and half width one spelling; terms are what a
text is found by and what a query asks for. The libraries for Chinese are loaded when the first Chinese text comes.
"""
