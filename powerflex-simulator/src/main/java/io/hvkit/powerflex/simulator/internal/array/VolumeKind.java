package io.hvkit.powerflex.simulator.internal.array;

/** What a volume is. */
public enum VolumeKind {
    THICK("ThickProvisioned"),
    THIN("ThinProvisioned"),
    SNAPSHOT("Snapshot");

    private final String word;

    VolumeKind(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }
}
