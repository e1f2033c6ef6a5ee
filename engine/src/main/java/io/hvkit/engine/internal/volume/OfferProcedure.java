package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.offering.DiskOffering;
import io.hvkit.engine.offering.Offerings;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeLimits;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Gives a volume the terms of another offering: if that encrypts and the volume is plain, by {@linkplain CopySteps another copy} under a key; then its
 * limits; then who has it has it by that offering.
 */
public final class OfferProcedure implements Procedure<OfferRequest, VolumeRecord> {

    private static final String ENCRYPT = "encrypt";
    private static final String IOPS = "iops";
    private static final String BANDWIDTH = "bandwidth";

    private final Ground ground;

    /** Makes it. */
    public OfferProcedure(Ground ground) {
        this.ground = ground;
    }

    @Override
    public String kind() {
        return "volume.offer";
    }

    @Override
    public Facts facts(OfferRequest request) {
        return Facts.of("volume", request.volume()).with("offering", request.offering());
    }

    @Override
    public OfferRequest request(Facts facts) {
        return new OfferRequest(new RecordId<>(facts.text("volume")), new RecordId<>(facts.text("offering")));
    }

    @Override
    public SortedSet<String> objects(OfferRequest request) {
        return new TreeSet<>(Set.of(Ground.object(request.volume())));
    }

    @Override
    public Facts run(OfferRequest request, Run run) throws InterruptedException {
        Facts plan = run.step(Step.recorded("terms", transaction -> plan(transaction, request)));
        Facts limited = run.step(Step.of("ask", () -> ask(request)));
        if (plan.find(ENCRYPT).isPresent()) {
            Facts unused = new CopySteps(ground).run(WantedCopy.encryptedAnew(request.volume()), run);
        }
        if (limited.find("former").isPresent()) {
            run.step(Step.of(
                            "limits",
                            () -> limit(request.volume(), terms(request).limits()))
                    .undoneBy(evidence -> limit(request.volume(), limits(limited))));
        }
        run.step(Step.recorded("offer", transaction -> {
            ground.ledger(transaction).offer(Ground.object(request.volume()), Optional.of(request.offering()));
            return Facts.NONE;
        }));
        return Facts.of("volume", request.volume());
    }

    private DiskOffering terms(OfferRequest request) throws InterruptedException {
        return DiskOffering.in(ground.catalog()
                .inTransaction(transaction -> transaction.offerings().require(request.offering())));
    }

    private Facts plan(Transaction transaction, OfferRequest request) {
        VolumeRecord volume = Ground.requireReady(transaction, request.volume());
        DiskOffering offering =
                DiskOffering.in(Offerings.requireOffered(transaction.offerings().require(request.offering())));
        if (ground.ledger(transaction).find(Ground.object(volume.id())).isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "volume %s counts for nobody, so it is had by no offering; make it with an owner",
                            volume.name());
        }
        offering.require(volume.size());
        boolean isEncrypted = volume.place().encryption().isPresent();
        if (isEncrypted && offering.protection() == Protection.PLAIN) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "volume %s is encrypted and offering %s is plain; what is encrypted is never laid open in its place:"
                                    + " choose an offering that encrypts, or copy what it holds to a new volume",
                            volume.name(), offering.name());
        }
        return isEncrypted || offering.protection() == Protection.PLAIN ? Facts.NONE : Facts.of(ENCRYPT, true);
    }

    /** What the pool cannot do is found out before anything is changed. */
    private Facts ask(OfferRequest request) throws InterruptedException {
        VolumeRecord volume = ground.volume(request.volume());
        VolumeLimits wanted = terms(request).limits();
        StoragePool pool = ground.pool(volume.place().pool());
        new VolumeTerms(ground).requireFits(terms(request), volume, pool);
        if (pool.limits().isEmpty()) {
            if (!wanted.equals(VolumeLimits.none())) {
                throw DriverException.because(Failure.UNSUPPORTED)
                        .message(
                                "offering %s limits its volumes, and pool %s limits none; move volume %s first",
                                terms(request).name(), pool.id(), volume.name());
            }
            return Facts.NONE;
        }
        VolumeLimits former = pool.limits().get().of(Ground.external(volume));
        if (former.equals(wanted)) {
            return Facts.NONE;
        }
        Facts facts =
                Facts.of("former", former).with(BANDWIDTH, former.bandwidth().map(ByteSize::bytes));
        return former.iops().isPresent() ? facts.with(IOPS, former.iops().getAsLong()) : facts;
    }

    private static VolumeLimits limits(Facts facts) {
        VolumeLimits limits = VolumeLimits.none();
        if (facts.find(IOPS).isPresent()) {
            limits = limits.iops(Long.parseLong(facts.text(IOPS)));
        }
        return facts.find(BANDWIDTH).isPresent()
                ? limits.bandwidth(ByteSize.bytes(Long.parseLong(facts.text(BANDWIDTH))))
                : limits;
    }

    private Facts limit(RecordId<VolumeRecord> id, VolumeLimits limits) throws InterruptedException {
        VolumeRecord volume = ground.volume(id);
        VolumeLimits holds = ground.pool(volume.place().pool())
                .limits()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .message("the pool of volume %s limits no volumes any more", volume.name()))
                .set(Ground.external(volume), limits);
        return Facts.of("limits", holds);
    }

    @Override
    public VolumeRecord result(OfferRequest request, Facts result) throws InterruptedException {
        return ground.volume(request.volume());
    }
}
