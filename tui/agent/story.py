"""A story that takes about three quarters of a minute to tell: long enough to be interrupted."""

STORY = (
    "Once upon a time, an old lighthouse stood at the edge of a grey and windy sea. "
    "Its keeper was a patient woman called Martha, who had a clock, a cat, and a brass telescope. "
    "Every evening she climbed two hundred steps and lit the lamp for the fishing boats. "
    "One winter night, a thick fog came in, and the lamp could not be seen from the water. "
    "Martha took the dinner bell from the kitchen and carried it to the top of the tower. "
    "She rang it slowly, again and again, until her arms were tired and the tide had turned. "
    "One after another, the boats heard the bell and found their way around the rocks. "
    "In the morning, there was a basket of silver fish on the doorstep, and the cat was happy. "
    "Since that night, the bell has hung beside the lamp, and the boats still listen for it."
)
