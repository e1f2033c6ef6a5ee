package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumeLimits;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What was seen and decided before another copy of a volume takes the place of the one that there is; the evidence of the first step, on which all others stand.
 *
 * @param from the copy that there is
 * @param target the copy that is to be made
 * @param use by which machine it is used, if it is attached
 * @param worker the host that copies, if no machine runs with it
 * @param limits what the copy that there is may do at most, and the other one as well
 */
record MovePlan(
        Copy from, Target target, Optional<Use> use, Optional<RecordId<HostRecord>> worker, VolumeLimits limits) {

    /**
     * The copy that there is.
     *
     * @param pool where it is
     * @param home the pool in which it was made
     * @param number which of the volume's copies of that home it is
     * @param id what its pool calls it
     * @param format how its bytes lie there
     * @param key the key that opens it, if it is encrypted with one
     */
    record Copy(
            RecordId<PoolRecord> pool,
            RecordId<PoolRecord> home,
            int number,
            VolumeId id,
            ImageFormat format,
            Optional<RecordId<KeyRecord>> key) {}

    /**
     * The copy that is to be made.
     *
     * @param number which of the volume's copies in its pool it is to be
     * @param size what it must hold
     * @param format how its bytes lie there
     * @param encryption who encrypts it
     * @param headerBy who writes its header, if it gets one
     */
    record Target(int number, ByteSize size, ImageFormat format, VolumeEncryption encryption, HeaderWriter headerBy) {}

    /**
     * How a machine uses the volume.
     *
     * @param host where the machine is
     * @param machine the machine
     * @param disk what the volume is called as a disk of the machine that runs; nothing if it does not run
     */
    record Use(RecordId<HostRecord> host, MachineId machine, Optional<VolumeId> disk) {}

    static MovePlan of(Facts facts) {
        Copy from = new Copy(
                new RecordId<>(facts.text("from")),
                new RecordId<>(facts.find("fromHome").orElse(facts.text("from"))),
                number(facts, "fromCopy"),
                new VolumeId(facts.text("id")),
                ImageFormat.valueOf(facts.text("fromFormat")),
                facts.find("key").map(RecordId::new));
        Target target = new Target(
                number(facts, "toCopy"),
                ByteSize.bytes(Long.parseLong(facts.text("size"))),
                ImageFormat.valueOf(facts.text("format")),
                VolumeEncryption.valueOf(facts.text("encryption")),
                facts.find("header").map(HeaderWriter::valueOf).orElse(HeaderWriter.POOL));
        Optional<Use> use = facts.find("host")
                .map(host -> new Use(
                        new RecordId<>(host),
                        new MachineId(facts.text("machine")),
                        facts.find("disk").map(VolumeId::new)));
        return new MovePlan(from, target, use, facts.find("worker").map(RecordId::new), limits(facts));
    }

    private static VolumeLimits limits(Facts facts) {
        Optional<String> iops = facts.find("iops");
        return new VolumeLimits(
                iops.isPresent() ? OptionalLong.of(Long.parseLong(iops.get())) : OptionalLong.empty(),
                facts.find("bandwidth").map(Long::parseLong).map(ByteSize::bytes));
    }

    /** A move that an older engine planned is to the first copy in a pool, from the first one in another. */
    private static int number(Facts facts, String name) {
        return facts.find(name).map(Integer::parseInt).orElse(0);
    }

    Facts facts() {
        return Facts.of("from", from.pool)
                .with("fromHome", from.home)
                .with("fromCopy", from.number)
                .with("toCopy", target.number)
                .with("id", from.id)
                .with("fromFormat", from.format)
                .with("key", from.key)
                .with("size", target.size.bytes())
                .with("format", target.format)
                .with("encryption", target.encryption)
                .with("header", target.headerBy)
                .with("host", use.map(Use::host))
                .with("machine", use.map(Use::machine))
                .with("disk", use.flatMap(Use::disk))
                .with("worker", worker)
                .with(
                        "iops",
                        limits.iops().isPresent() ? Optional.of(limits.iops().getAsLong()) : Optional.empty())
                .with("bandwidth", limits.bandwidth().map(ByteSize::bytes));
    }

    /** Returns whether a machine runs with the volume, and goes on doing so. */
    boolean isLive() {
        return use.flatMap(Use::disk).isPresent();
    }
}
