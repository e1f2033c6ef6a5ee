package io.hvkit.powerflex.simulator.internal.array;

import java.util.Map;

/** What lies behind the volumes: their bytes, and the devices that hosts see. The array calls it under its lock. */
public interface Backing {

    /**
     * Goes on after an earlier run: ends what it had begun, drops what is no volume, and returns how many bytes each volume has;
     * more than {@code bytes} says if it was growing.
     *
     * @throws IllegalStateException if bytes of a volume are missing
     */
    Map<Long, Long> recover(Map<Long, Long> bytes);

    /** Makes a volume full of zeroes. */
    void create(long volume, long bytes);

    /** Makes a volume with the content of another. */
    void copy(long source, long target);

    /** Gives a volume the content of another, cut or filled with zeroes to {@code bytes}; whoever holds it open sees it. */
    void overwrite(long source, long target, long bytes);

    /** Makes a volume larger. */
    void grow(long volume, long bytes);

    /** Drops a volume's bytes. */
    void delete(long volume);

    /** Returns how many bytes of each volume are really there. */
    Map<Long, Long> allocated();

    /** A host shall see a volume, soon. */
    void mapped(long volume, Mapping mapping);

    /** A host shall see a volume no more, soon. */
    void unmapped(long volume, Sdc sdc);
}
