package io.hvkit.qemu;

/** What a check of an image's own structure found. The guest's data is not looked at. Immutable. */
public final class CheckResult {

    /** How it is, from good to bad. */
    public enum Verdict {
        /** Nothing is wrong. */
        CLEAN,
        /** Room is taken up that nothing refers to; the data is sound. */
        LEAKS,
        /** Tables contradict each other: do not write to it. */
        CORRUPT
    }

    private record Fields(Verdict verdict, long corruptions, long leaks) {}

    private final Fields fields;

    private CheckResult(Fields fields) {
        this.fields = fields;
    }

    static CheckResult of(Verdict verdict, long corruptions, long leaks) {
        return new CheckResult(new Fields(verdict, corruptions, leaks));
    }

    /** Returns how it is. */
    public Verdict verdict() {
        return fields.verdict;
    }

    /** Returns how many entries of its tables are wrong. */
    public long corruptions() {
        return fields.corruptions;
    }

    /** Returns how many clusters are taken up for nothing. */
    public long leaks() {
        return fields.leaks;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CheckResult result && result.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return fields.toString().replaceFirst("Fields", "CheckResult");
    }
}
