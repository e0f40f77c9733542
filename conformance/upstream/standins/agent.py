"""What the agent says before its answer: thoughts and an observation, each in two words."""

STEPS = (
    ("thought", ("I should ", "look it up.")),
    ("observation", ("The answer ", "is known.")),
    ("thought", ("I know ", "the answer.")),
)
