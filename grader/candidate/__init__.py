"""What runs inside the confined process: it loads one submission and answers the examiner's requests.

Nothing in here is trusted once the submission has run. It holds no expected value, no seed and no suite.
"""
