package io.hvkit.benchmarks;

import io.hvkit.core.ByteSize;
import java.util.List;
import java.util.Optional;

/**
 * How large everything is.
 *
 * @param disk the disk that is copied
 * @param live the disk that is copied while a machine runs
 * @param rounds how often each way is gone
 * @param warmUp for how many seconds our way is gone before
 * @param creations how many encrypted images are made without a failure
 * @param machines how many machines are listed
 * @param fleets how many hosts and pools there are to choose from
 * @param snapshots how many snapshots there are when one is planned
 * @param operations how many operations a journal holds when it is opened again
 * @param derivation how the plain way's keys are derived: nothing for the tools' own way, else for so many milliseconds
 * @param forks whether what takes nanoseconds is measured in a JVM of its own
 */
record Scale(
        ByteSize disk,
        ByteSize live,
        int rounds,
        double warmUp,
        int creations,
        int machines,
        List<Integer> fleets,
        List<Integer> snapshots,
        int operations,
        Optional<Integer> derivation,
        int forks) {

    /** What figures are published at: under twenty minutes on two processors. */
    static final Scale FULL = new Scale(
            ByteSize.gibibytes(2),
            ByteSize.gibibytes(1),
            5,
            1,
            1_000,
            50,
            List.of(1_000, 10_000, 100_000),
            List.of(1_000, 10_000, 100_000, 1_000_000),
            1_000,
            Optional.empty(),
            1);

    /** For a look while something is being made. */
    static final Scale SMALL = new Scale(
            ByteSize.mebibytes(128),
            ByteSize.mebibytes(128),
            3,
            1,
            100,
            10,
            List.of(1_000, 100_000),
            List.of(1_000, 100_000),
            200,
            Optional.empty(),
            1);

    /** Proves that each row runs. */
    static final Scale TINY = new Scale(
            ByteSize.mebibytes(4),
            ByteSize.mebibytes(16),
            1,
            0,
            10,
            2,
            List.of(100),
            List.of(100),
            5,
            Optional.of(10),
            0);

    /** Returns how large the disk is that is copied in memory, where there is less room than on a disk. */
    ByteSize memory() {
        return ByteSize.bytes(disk.bytes() / 4);
    }

    /** Returns what qemu-img is told of a key's derivation, with a comma before it, if it is told anything. */
    String derivationOption(String prefix) {
        return derivation.map(millis -> "," + prefix + "iter-time=" + millis).orElse("");
    }

    /** Returns the scale of a name. */
    static Scale named(String name) {
        return switch (name) {
            case "full" -> FULL;
            case "small" -> SMALL;
            case "tiny" -> TINY;
            default -> throw new IllegalArgumentException("--size is full, small or tiny, not '" + name + "'");
        };
    }
}
