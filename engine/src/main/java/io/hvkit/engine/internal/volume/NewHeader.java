package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.LuksAttestation;
import io.hvkit.storage.spi.LuksVolumes;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.util.Optional;

/**
 * The LUKS header of a volume that was just made, where its pool leaves that to an end point: a host is lent the volume, writes the header, and
 * reads it back.
 *
 * @param ground what this stands on
 * @param pool where the volume is
 * @param name what it is called there, which nothing else is
 * @param layout how its bytes are to lie, and how many a machine is to see
 * @param key the key that is to open it
 */
public record NewHeader(Ground ground, RecordId<PoolRecord> pool, String name, Layout layout, RecordId<KeyRecord> key) {

    /**
     * How the bytes of a volume are to lie.
     *
     * @param format {@code LUKS} or {@code QCOW2}
     * @param size what a machine is to see; a {@code LUKS} volume shows all that its device has
     */
    public record Layout(ImageFormat format, ByteSize size) {}

    /**
     * Returns the evidence that the volume was made, with the attestation of its header.
     *
     * @param made the evidence of the step that made the volume, whose undo removes it
     * @param query which hosts may write the header
     */
    public Facts write(Facts made, EndPointQuery query, Run run) throws InterruptedException {
        String what = "write the LUKS header of volume " + name;
        Facts chosen = run.step(Step.of("header-host", () -> Facts.of("host", ground.choose(needs(query), what))));
        RecordId<HostRecord> host = new RecordId<>(chosen.text("host"));
        run.step(Step.of("header-lend", () -> lend(host)).undoneBy(evidence -> giveBack(host)));
        Facts written = run.step(Step.of("header-write", () -> format(host)));
        run.step(Step.of("header-return", () -> giveBack(host)));
        return made.with("attestation", written.text("attestation"));
    }

    private EndPointQuery needs(EndPointQuery query) {
        EndPointQuery encrypting = query.needing(HostFeature.VOLUME_ENCRYPTION);
        return layout.format == ImageFormat.QCOW2 ? encrypting.needing(HostFeature.QEMU_IMG) : encrypting;
    }

    private static VolumeUse use(RecordId<HostRecord> host) {
        return VolumeUse.by(new HostId(host.value())).because(Reason.MAINTENANCE);
    }

    private Facts lend(RecordId<HostRecord> host) throws InterruptedException {
        Attachment unused = ground.devices().come(ground.pool(pool), requireId(), use(host));
        return Facts.NONE;
    }

    private Facts giveBack(RecordId<HostRecord> host) throws InterruptedException {
        StoragePool open = ground.pool(pool);
        Optional<Volume> made = open.findNamed(name);
        if (made.isPresent()) {
            ground.devices().go(open, made.get().id(), new HostId(host.value()), Reason.MAINTENANCE);
        }
        return Facts.NONE;
    }

    private Facts format(RecordId<HostRecord> host) throws InterruptedException {
        EndPoint endPoint = ground.endPoint(host);
        LuksVolumes luks = endPoint.luks()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .effect(Effect.NOT_APPLIED)
                        .message("the end point of host %s writes no LUKS headers", host));
        Attachment place = ground.devices().come(ground.pool(pool), requireId(), use(host));
        try (Secret secret = ground.keys().open(key)) {
            DiskImage image = DiskImage.at(place, layout.format).unlockedBy(secret);
            LuksAttestation written = layout.format == ImageFormat.QCOW2
                    ? requireProof(endPoint.images().create(image, layout.size))
                    : luks.format(image);
            if (!luks.opens(image)) {
                throw DriverException.because(Failure.DEFECT)
                        .message("volume %s was given a header, %s, that its key does not open", name, written);
            }
            return Facts.of("attestation", written);
        }
    }

    private LuksAttestation requireProof(ImageReport made) {
        return made.attestation()
                .orElseThrow(() -> DriverException.because(Failure.DEFECT)
                        .message("volume %s was made an image that is not encrypted: %s", name, made));
    }

    private VolumeId requireId() throws InterruptedException {
        return ground.pool(pool)
                .findNamed(name)
                .map(Volume::id)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("pool %s does not have %s any more, which was made there", pool, name));
    }
}
