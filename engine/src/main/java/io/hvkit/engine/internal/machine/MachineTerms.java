package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.offering.Offerings;
import io.hvkit.engine.offering.ServiceOffering;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What an offering says of its machines. */
final class MachineTerms {

    private final MachineGround machines;

    MachineTerms(MachineGround machines) {
        this.machines = machines;
    }

    /** Looks that a machine that is had by an offering is as the offering says. */
    Facts check(MachineRequest request) throws InterruptedException {
        Optional<RecordId<PoolRecord>> pool = machines.ground().catalog().inTransaction(transaction -> {
            ServiceOffering offering = offering(transaction, request.offering().orElseThrow());
            offering.require(request);
            return request.disks().stream().findFirst().flatMap(root -> {
                requireRoot(transaction, offering, request.name(), root);
                return transaction
                        .volumes()
                        .find(root)
                        .map(volume -> volume.place().pool());
            });
        });
        if (pool.isPresent()) {
            requireTags(request.offering().orElseThrow(), request.name(), pool.get());
        }
        return Facts.of("offering", request.offering());
    }

    /** What is retired between the look and the record is not had any more. */
    static void requireOffered(Transaction transaction, MachineRequest request) {
        request.offering().ifPresent(id -> offering(transaction, id));
    }

    private static ServiceOffering offering(Transaction transaction, RecordId<OfferingRecord> id) {
        return ServiceOffering.in(
                Offerings.requireOffered(transaction.offerings().require(id)));
    }

    /** Looks that the first disk of a machine may be its root. */
    static void requireRoot(
            Transaction transaction, ServiceOffering offering, String machine, RecordId<VolumeRecord> root) {
        Optional<VolumeRecord> plain = transaction
                .volumes()
                .find(root)
                .filter(volume ->
                        volume.key().isEmpty() && volume.place().encryption().isEmpty());
        if (offering.root() == Protection.ENCRYPTED && plain.isPresent()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "offering %s encrypts the root of its machines, and %s, the root of machine %s, lies in clear; encrypt it, or"
                                    + " choose another offering",
                            offering.name(), plain.get().name(), machine);
        }
    }

    /**
     * Looks that the pool of a machine's root has the tags that the machine's offering asks for, be that retired meanwhile.
     *
     * @throws DriverException with {@code INVALID_REQUEST}, naming the tags and the way out
     */
    void requireTags(RecordId<OfferingRecord> by, String machine, RecordId<PoolRecord> id) throws InterruptedException {
        ServiceOffering offering = machines.ground()
                .catalog()
                .inTransaction(transaction ->
                        ServiceOffering.in(transaction.offerings().require(by)));
        if (offering.rootTags().isEmpty()) {
            return;
        }
        PoolRecord pool = machines.ground()
                .catalog()
                .inTransaction(transaction -> transaction.pools().require(id));
        Set<String> tags = machines.ground().tags().of(pool);
        if (!tags.containsAll(offering.rootTags())) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "offering %s has the root of its machines in pools tagged %s, and that of machine %s is in pool %s, tagged"
                                    + " %s; choose or move it to another pool",
                            offering.name(),
                            new TreeSet<>(offering.rootTags()),
                            machine,
                            pool.name(),
                            new TreeSet<>(tags));
        }
    }
}
