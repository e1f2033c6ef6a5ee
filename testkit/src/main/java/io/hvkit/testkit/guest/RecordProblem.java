package io.hvkit.testkit.guest;

/**
 * A record that was acknowledged and is not where it must be.
 *
 * @param kind what is wrong
 * @param block the block it belongs to, counted in records from the start of the disk
 * @param wanted its sequence number
 * @param found what is there instead, as the end of a sentence about the block
 */
public record RecordProblem(Kind kind, long block, long wanted, String found) {

    /** What can be wrong with a record. */
    public enum Kind {
        /** The block is all zeroes, or the image ends before it. */
        LOST("missing"),
        /** The block holds a record that was written there earlier. */
        STALE("older than acknowledged"),
        /** The block holds bytes that are no whole record. */
        TORN("torn"),
        /** The block holds a whole record that belongs elsewhere. */
        MISPLACED("overwritten by another");

        private final String adjective;

        Kind(String adjective) {
            this.adjective = adjective;
        }
    }

    /** Returns a sentence: "record 4711 in block 12 is missing: the block is all zeroes". */
    @Override
    public String toString() {
        return "record " + wanted + " in block " + block + " is " + kind.adjective + ": the block " + found;
    }
}
