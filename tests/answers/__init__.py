"""Answers to the exercises: a module a chapter, named as its module of checks is.

RIGHT has, for every check, answers that it must accept, beside the chapter's own
solution. WRONG has typical mistakes, at least five a check, each with words that the
hint must have. An answer is a tuple of what the check is called with.
"""
