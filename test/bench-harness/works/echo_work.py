"""A work for the test of the protocol: counts its units, plays a sound at half its level, repeats questions."""


class Work:
    def __init__(self, gain):
        self.gain = gain
        self.units = 0

    def unit(self):
        self.units += 1

    def sound(self, channels):
        return [channel * self.gain for channel in channels]

    def ask(self, question):
        return {'units': self.units, 'question': question}
