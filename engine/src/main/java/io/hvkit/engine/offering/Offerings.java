package io.hvkit.engine.offering;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.OfferingRecord.Standing;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.Names;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What an operator offers. An offering never changes, so that who has it keeps what was had: for other terms there is another offering. Any
 * number of threads may share one.
 */
@Incubating(since = "0.1")
public final class Offerings {

    private final Catalog catalog;

    /** Returns the offerings that a catalog keeps. */
    public static Offerings in(Catalog catalog) {
        return new Offerings(catalog);
    }

    private Offerings(Catalog catalog) {
        this.catalog = catalog;
    }

    /**
     * Adds an offering of volumes; one that is there with the same terms is returned.
     *
     * @throws DriverException with {@code EXISTS_DIFFERENTLY} if there is one of that name with other terms
     */
    public OfferingRecord add(DiskOffering offering) throws InterruptedException {
        return add(offering.name(), OfferingRecord.Kind.DISK, Terms.of(offering));
    }

    /**
     * Adds an offering of machines; one that is there with the same terms is returned.
     *
     * @throws DriverException with {@code EXISTS_DIFFERENTLY} if there is one of that name with other terms
     */
    public OfferingRecord add(ServiceOffering offering) throws InterruptedException {
        return add(offering.name(), OfferingRecord.Kind.SERVICE, Terms.of(offering));
    }

    private OfferingRecord add(String name, OfferingRecord.Kind kind, Facts terms) throws InterruptedException {
        OfferingRecord fresh = OfferingRecord.named(Names.check("offering", name), kind, terms);
        return catalog.inTransaction(transaction -> {
            Optional<OfferingRecord> known = transaction.offerings().where(OfferingRecord.NAME, name).stream()
                    .findAny();
            known.filter(there -> there.kind() != kind || !there.terms().equals(terms))
                    .ifPresent(there -> {
                        throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                                .effect(Effect.NOT_APPLIED)
                                .message(
                                        "there is an offering %s with other terms, %s; offerings never change, so choose another"
                                                + " name",
                                        name, there.terms());
                    });
            return known.orElseGet(() -> transaction.offerings().insert(fresh));
        });
    }

    /** Returns the offering of that id, if there is one. */
    public Optional<OfferingRecord> find(RecordId<OfferingRecord> id) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.offerings().find(id));
    }

    /** Returns the offering of that name, if there is one. */
    public Optional<OfferingRecord> named(String name) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.offerings().where(OfferingRecord.NAME, name).stream()
                .findAny());
    }

    /** Returns the offerings of volumes by name, those too that nobody gets any more. */
    public List<OfferingRecord> disks() throws InterruptedException {
        return all(OfferingRecord.Kind.DISK);
    }

    /** Returns the offerings of volumes whose bytes may lie in the clear, or may not. */
    public List<OfferingRecord> disks(Protection protection) throws InterruptedException {
        return disks().stream()
                .filter(record -> DiskOffering.in(record).protection() == protection)
                .toList();
    }

    /** Returns the offerings of machines by name, those too that nobody gets any more. */
    public List<OfferingRecord> services() throws InterruptedException {
        return all(OfferingRecord.Kind.SERVICE);
    }

    /** Returns the offerings of machines whose root disk may lie in the clear, or may not. */
    public List<OfferingRecord> services(Protection root) throws InterruptedException {
        return services().stream()
                .filter(record -> ServiceOffering.in(record).root() == root)
                .toList();
    }

    private List<OfferingRecord> all(OfferingRecord.Kind kind) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.offerings().where(OfferingRecord.KIND, kind).stream()
                .sorted(Comparator.comparing(OfferingRecord::name))
                .toList());
    }

    /** Says whether an offering can be had. Who has it keeps it. */
    public OfferingRecord put(RecordId<OfferingRecord> offering, Standing standing) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction
                .offerings()
                .update(transaction.offerings().require(offering).standing(standing)));
    }

    /** Removes an offering that nobody has; one that is gone is removed. {@code IN_USE} while somebody has it, see {@link #put}. */
    public void remove(RecordId<OfferingRecord> offering) throws InterruptedException {
        catalog.inTransaction(transaction -> {
            requireNoMachine(transaction, offering);
            transaction.offerings().find(offering).ifPresent(transaction.offerings()::delete);
            return offering;
        });
    }

    private static void requireNoMachine(Transaction transaction, RecordId<OfferingRecord> offering) {
        List<MachineRecord> page = transaction.machines().page(Optional.empty(), Table.LONGEST_PAGE);
        while (!page.isEmpty()) {
            for (MachineRecord machine : page) {
                if (machine.offering().filter(offering::equals).isPresent()) {
                    throw DriverException.because(Failure.IN_USE)
                            .effect(Effect.NOT_APPLIED)
                            .message(
                                    "machine %s has offering %s; delete the machine, or retire the offering",
                                    machine.name(), offering);
                }
            }
            page = transaction
                    .machines()
                    .page(Optional.of(page.get(page.size() - 1).id()), Table.LONGEST_PAGE);
        }
    }

    /**
     * Returns an offering, if it can be had.
     *
     * @throws DriverException with {@code EXHAUSTED} if it is retired
     */
    public static OfferingRecord requireOffered(OfferingRecord record) {
        if (record.standing() != Standing.OFFERED) {
            throw DriverException.because(Failure.EXHAUSTED)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "offering %s is %s, and nobody gets it any more; choose another one",
                            record.name(), record.standing());
        }
        return record;
    }
}
