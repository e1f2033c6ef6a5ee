package io.hvkit.engine.usage;

import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Incubating;

/**
 * Something that counts for somebody. Its text, such as {@code volume:7c2f}, is its name in holdings and events.
 *
 * @param kind what it is
 * @param id its id among those of its kind
 */
@Incubating(since = "0.1")
public record Thing(Kind kind, RecordId<?> id) {

    /** What counts. */
    public enum Kind {
        /** A volume: each once, and its bytes. */
        VOLUME("volume"),
        /** A machine: each once, its processors and its memory, whether it runs or not. */
        MACHINE("machine"),
        /** A template: each once, and the bytes of its disk for each pool that has it. */
        TEMPLATE("template"),
        /** A snapshot: each once, and the bytes of its layers in each store that has it. */
        SNAPSHOT("snapshot");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        @Override
        public String toString() {
            return word;
        }
    }

    /** Returns a volume. */
    public static Thing volume(RecordId<VolumeRecord> id) {
        return new Thing(Kind.VOLUME, id);
    }

    /** Returns a machine. */
    public static Thing machine(RecordId<MachineRecord> id) {
        return new Thing(Kind.MACHINE, id);
    }

    /** Returns a template. */
    public static Thing template(RecordId<TemplateRecord> id) {
        return new Thing(Kind.TEMPLATE, id);
    }

    /** Returns a snapshot. */
    public static Thing snapshot(RecordId<SnapshotRecord> id) {
        return new Thing(Kind.SNAPSHOT, id);
    }

    @Override
    public String toString() {
        return kind + ":" + id;
    }
}
