package io.hvkit.testkit.guest;

import java.util.Locale;
import java.util.StringJoiner;

/**
 * What the guest does with its disk. Record <i>s</i> goes to block
 * {@code (s / batch * stride % (blocks / batch)) * batch + s % batch}, so that the writes jump over the whole disk and
 * overwrite each other after one round.
 */
public final class GuestWork {

    /** What the guest does once it is up. */
    public enum Mode {
        /** It writes records, batch after batch, each flushed and then acknowledged on the console. */
        WRITE,
        /** It leaves the disk alone; there need not be one. */
        IDLE
    }

    /** What listens at the port of the guest's agent. */
    public enum Agent {
        NONE,
        /** QEMU's guest agent; the guest needs {@link Guest#agentInitrd}. */
        REAL,
        /** Something that never answers. */
        SILENT,
        /** Something that answers nonsense. */
        GARBAGE,
        /** Something that begins an answer and never ends it. */
        FLOOD
    }

    /** Where the records go. */
    private enum Target {
        DISK,
        FILE
    }

    /** What the guest does when its last record is written. */
    private enum End {
        STAYS_UP,
        POWERS_OFF
    }

    private record Fields(
            Mode mode, String device, int blockSize, long blocks, int batch, long stride, long most, Extras extras) {}

    private record Extras(End end, Target target, Agent agent, int churn) {
        static final Extras NONE = new Extras(End.STAYS_UP, Target.DISK, Agent.NONE, 0);
    }

    private final Fields fields;

    private GuestWork(Fields fields) {
        this.fields = fields;
    }

    /** Returns work that fills the whole of {@code vda} with records of 4 KiB, 16 a batch, again and again without end. */
    public static GuestWork writing() {
        return new GuestWork(new Fields(Mode.WRITE, "vda", 4096, 0, 16, 97, 0, Extras.NONE));
    }

    /** Returns work that leaves the disk alone. */
    public static GuestWork idle() {
        return new GuestWork(new Fields(Mode.IDLE, "vda", 4096, 0, 16, 97, 0, Extras.NONE));
    }

    /** Returns this work with another number of records, 1 to 1024, that are written and flushed at once. */
    public GuestWork inBatchesOf(int records) {
        range("a batch", records, 1, 1024);
        Fields f = fields;
        return new GuestWork(new Fields(f.mode, f.device, f.blockSize, f.blocks, records, f.stride, f.most, f.extras));
    }

    /**
     * Returns this work with another step, in batches, 1 to 1,000,000, from one batch to the next. If it shares a factor with
     * the number of batches on the disk, parts of the disk are never written.
     */
    public GuestWork striding(long batches) {
        range("a stride", batches, 1, 1_000_000);
        Fields f = fields;
        return new GuestWork(new Fields(f.mode, f.device, f.blockSize, f.blocks, f.batch, batches, f.most, f.extras));
    }

    /** Returns this work with an end: no batch begins once {@code records}, at least 1, are written. */
    public GuestWork endingAfter(long records) {
        range("the number of records", records, 1, Long.MAX_VALUE);
        Fields f = fields;
        return new GuestWork(new Fields(f.mode, f.device, f.blockSize, f.blocks, f.batch, f.stride, records, f.extras));
    }

    /** Returns this work on the first {@code blocks} records' worth, at least 1, of the disk alone. */
    public GuestWork withinBlocks(long blocks) {
        range("the number of blocks", blocks, 1, Long.MAX_VALUE);
        Fields f = fields;
        return new GuestWork(new Fields(f.mode, f.device, f.blockSize, blocks, f.batch, f.stride, f.most, f.extras));
    }

    /** Returns this work with records of another size: a power of two from 512 to 65,536 bytes. */
    public GuestWork withBlockSize(int bytes) {
        range("a block size", bytes, 512, 65_536);
        if (Integer.bitCount(bytes) != 1) {
            throw new IllegalArgumentException("a block size must be a power of two, not " + bytes);
        }
        Fields f = fields;
        return new GuestWork(new Fields(f.mode, f.device, bytes, f.blocks, f.batch, f.stride, f.most, f.extras));
    }

    /** Returns this work on another disk, by the name the guest's kernel gives it: {@code vda}, {@code sda}, ... */
    public GuestWork onDevice(String name) {
        if (!name.matches("[a-z0-9]{1,32}")) {
            throw new IllegalArgumentException("a device name has 1 to 32 of a-z and 0-9: '" + name + "'");
        }
        Fields f = fields;
        return new GuestWork(new Fields(f.mode, name, f.blockSize, f.blocks, f.batch, f.stride, f.most, f.extras));
    }

    /** Returns this work followed by a power-off, once it has an end and reaches it. */
    public GuestWork thenPoweringOff() {
        Extras e = fields.extras;
        return with(new Extras(End.POWERS_OFF, e.target, e.agent, e.churn));
    }

    /**
     * Returns this work on a file of half the disk's size, in a file system that the guest makes on its disk when it boots; one that
     * is idle only makes that. {@link RecordCheck} does not find records there.
     */
    public GuestWork onFileSystem() {
        Extras e = fields.extras;
        return with(new Extras(e.end, Target.FILE, e.agent, e.churn));
    }

    /** Returns this work with something at the port of the guest's agent; the machine needs one. */
    public GuestWork agent(Agent agent) {
        Extras e = fields.extras;
        return with(new Extras(e.end, e.target, agent, e.churn));
    }

    /**
     * Returns this work beside a program that writes to 1 to 32 MiB of the guest's memory again and again, as fast as its processor
     * can. It takes twice as much memory.
     */
    public GuestWork dirtyingMemory(int mebibytes) {
        range("the memory to write to, in MiB,", mebibytes, 1, 32);
        Extras e = fields.extras;
        return with(new Extras(e.end, e.target, e.agent, mebibytes));
    }

    private GuestWork with(Extras extras) {
        Fields f = fields;
        return new GuestWork(new Fields(f.mode, f.device, f.blockSize, f.blocks, f.batch, f.stride, f.most, extras));
    }

    private static void range(String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + " must be " + least + " to " + most + ", not " + value);
        }
    }

    /** Returns what the guest does once it is up. */
    public Mode mode() {
        return fields.mode;
    }

    /** Returns how many records are written and flushed at once. */
    public int batch() {
        return fields.batch;
    }

    /** Returns the bytes of one record. */
    public int blockSize() {
        return fields.blockSize;
    }

    /** Returns the words for the kernel's command line. */
    String parameters() {
        StringJoiner words = new StringJoiner(" ")
                .add(
                        switch (fields.mode) {
                            case WRITE -> "hv.mode=write";
                            case IDLE -> "hv.mode=idle";
                        })
                .add("hv.dev=" + fields.device)
                .add("hv.bs=" + fields.blockSize)
                .add("hv.blocks=" + fields.blocks)
                .add("hv.batch=" + fields.batch)
                .add("hv.stride=" + fields.stride)
                .add("hv.max=" + fields.most);
        if (fields.extras.end == End.POWERS_OFF) {
            words.add("hv.poweroff=1");
        }
        if (fields.extras.target == Target.FILE) {
            words.add("hv.fs=1");
        }
        if (fields.extras.agent != Agent.NONE) {
            words.add("hv.agent=" + fields.extras.agent.name().toLowerCase(Locale.ROOT));
        }
        if (fields.extras.churn > 0) {
            words.add("hv.churn=" + fields.extras.churn);
        }
        return words.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GuestWork that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "GuestWork" + fields;
    }
}
