package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.Scope;
import java.util.List;
import java.util.Optional;

/** Looks whether a volume may be extracted, and how. Changes nothing. */
record ExtractLook(Ground ground, Extract request) {

    /** Returns where it is and how its bytes lie. */
    Facts facts() throws InterruptedException {
        VolumeRecord volume =
                ground.catalog().inTransaction(transaction -> Ground.requireReady(transaction, request.volume()));
        requireProtected(volume);
        requireFormat();
        requireAtRest();
        requireReached(volume);
        EndPointQuery query = EndPointQuery.anyIn(Scope.host(host()))
                .reaching(ground.catalog()
                        .inTransaction(transaction -> transaction
                                .pools()
                                .require(volume.place().pool())
                                .poolId()))
                .needing(HostFeature.QEMU_IMG);
        boolean hasKeys = volume.key().isPresent() || request.key().isPresent();
        RecordId<HostRecord> chosen = ground.choose(
                hasKeys ? query.needing(HostFeature.VOLUME_ENCRYPTION) : query, "extract volume " + volume.name());
        return Facts.of("host", chosen)
                .with("pool", volume.place().pool())
                .with("id", Ground.external(volume))
                .with("format", volume.place().format())
                .with("key", volume.key());
    }

    HostId host() {
        return new HostId(request.host().value());
    }

    /** What is encrypted is never less protected elsewhere, unless somebody takes that decision. */
    private void requireProtected(VolumeRecord volume) {
        boolean isProtected =
                volume.key().isPresent() || volume.place().encryption().isPresent();
        if (isProtected && request.key().isEmpty() && request.authorisation().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "volume %s is encrypted, and %s would lie in clear; say encryptedBy(a key), or"
                                    + " inClear(who authorises that)",
                            volume.name(), request.file());
        }
    }

    private void requireFormat() {
        boolean isFit = switch (request.format()) {
            case LUKS -> request.key().isPresent();
            case RAW -> request.key().isEmpty();
            default -> true;
        };
        if (!isFit) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            request.format() == ImageFormat.LUKS
                                    ? "%s is to be LUKS and has no key; say encryptedBy(a key), or as(QCOW2)"
                                    : "%s is to be RAW and encrypted; ask for it as(LUKS) or as(QCOW2)",
                            request.file());
        }
    }

    /** Looks that no machine runs with the volume. */
    void requireAtRest() throws InterruptedException {
        ground.requireAtRest(
                ground.volume(request.volume()),
                "stop it or detach the volume; or take a snapshot, and extract a volume made of that");
    }

    /** A volume that is attached is the host's that it is attached to. */
    private void requireReached(VolumeRecord volume) throws InterruptedException {
        List<AttachmentRecord> uses =
                ground.catalog().inTransaction(transaction -> Ground.uses(transaction, volume.id()));
        Optional<AttachmentRecord> elsewhere =
                uses.stream().filter(use -> !use.host().equals(request.host())).findAny();
        if (elsewhere.isPresent()) {
            throw DriverException.because(Failure.IN_USE)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "volume %s is attached to host %s for machine %s; extract it there, or detach it",
                            volume.name(),
                            elsewhere.get().host(),
                            elsewhere.get().machine());
        }
    }
}
