package io.hvkit.powerflex.simulator.internal.array;

/** How a pool lays out its data. */
public enum DataLayout {
    MEDIUM("MediumGranularity"),
    FINE("FineGranularity");

    private final String word;

    DataLayout(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }
}
