//! A refusal is an answer: a code, a sentence, and the way forward.
