package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.Names;
import io.hvkit.engine.internal.usage.Ledger;
import io.hvkit.engine.internal.usage.Measures;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.LentUses;
import io.hvkit.engine.usage.Thing;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Templates;
import io.hvkit.storage.spi.Volume;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the procedures on templates stand on.
 *
 * @param ground what those on volumes stand on
 * @param staging where images are kept while they are fetched
 */
public record TemplateGround(Ground ground, Optional<Path> staging) {

    private static final int NAME = 24;

    /** Returns what a template is called in a pool: a name that nothing else has there. It stays the same for all time. */
    static String nameIn(RecordId<PoolRecord> pool, RecordId<TemplateRecord> template) {
        return "hvkit-" + Names.derived(pool.value(), "template " + template).substring(0, NAME);
    }

    /** Returns the object that an operation on a template's copy in a pool works on. */
    static String object(RecordId<TemplateRecord> template, RecordId<PoolRecord> pool) {
        return "template:" + template + ":" + pool;
    }

    /** Returns a template. */
    public TemplateRecord template(RecordId<TemplateRecord> id) throws InterruptedException {
        return ground.catalog()
                .inTransaction(transaction -> transaction.templates().require(id));
    }

    TemplateCopyRecord copy(RecordId<TemplateRecord> template, RecordId<PoolRecord> pool) throws InterruptedException {
        return ground.catalog().inTransaction(transaction -> requireCopy(transaction, template, pool));
    }

    /** Returns a template's copy in a pool, if there is one. */
    static Optional<TemplateCopyRecord> findCopy(
            Transaction transaction, RecordId<TemplateRecord> template, RecordId<PoolRecord> pool) {
        return transaction.templateCopies().where(TemplateCopyRecord.TEMPLATE, template).stream()
                .filter(copy -> copy.place().pool().equals(pool))
                .findAny();
    }

    static TemplateCopyRecord requireCopy(
            Transaction transaction, RecordId<TemplateRecord> template, RecordId<PoolRecord> pool) {
        return findCopy(transaction, template, pool)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("template %s is not in pool %s; download it there first", template, pool));
    }

    /** Keeps room for the copies that the catalog knows of a template, or refuses as {@link Ledger#reserveGrowth} does. */
    void reserve(Transaction transaction, RecordId<TemplateRecord> id) {
        real(transaction, id)
                .ifPresent(amounts -> ground.ledger(transaction)
                        .reserveGrowth(Thing.template(id).toString(), amounts));
    }

    /** Counts a template as it is. */
    void settle(Transaction transaction, RecordId<TemplateRecord> id) {
        real(transaction, id)
                .ifPresent(amounts ->
                        ground.ledger(transaction).settle(Thing.template(id).toString(), amounts));
    }

    /** Gives back the room that was kept for a copy which is not made. */
    void giveBack(Transaction transaction, RecordId<TemplateRecord> id) {
        real(transaction, id)
                .ifPresent(amounts ->
                        ground.ledger(transaction).giveBack(Thing.template(id).toString(), amounts));
    }

    private static Optional<Amounts> real(Transaction transaction, RecordId<TemplateRecord> id) {
        return Measures.real(transaction, Thing.Kind.TEMPLATE, id.value());
    }

    /** Returns what keeps templates in a pool. */
    static Templates templates(StoragePool pool) {
        return pool.templates()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .effect(Effect.NOT_APPLIED)
                        .message("pool %s keeps no templates; name another one", pool.id()));
    }

    /**
     * Takes a template's copy in a pool from the hosts that were lent it, and returns how many had it; does nothing if it is not there. The caller
     * holds the copy, and nobody is making it, so none of them reads or writes it.
     */
    int takeBack(RecordId<PoolRecord> pool, RecordId<TemplateRecord> template) throws InterruptedException {
        Optional<VolumeId> there = find(pool, template);
        return there.isPresent() ? LentUses.end(ground, ground.pool(pool), there.get()) : 0;
    }

    /** Returns whether a pool has a template's copy. */
    boolean isIn(RecordId<PoolRecord> pool, RecordId<TemplateRecord> template) throws InterruptedException {
        return find(pool, template).isPresent();
    }

    private Optional<VolumeId> find(RecordId<PoolRecord> pool, RecordId<TemplateRecord> template)
            throws InterruptedException {
        StoragePool open = ground.pool(pool);
        Optional<VolumeId> id = external(pool, template);
        Optional<Volume> there = id.isPresent() ? open.find(id.get()) : open.findNamed(nameIn(pool, template));
        return there.map(Volume::id);
    }

    private Optional<VolumeId> external(RecordId<PoolRecord> pool, RecordId<TemplateRecord> template)
            throws InterruptedException {
        return ground.catalog()
                .inTransaction(transaction -> findCopy(transaction, template, pool)
                        .flatMap(copy -> copy.place().externalId())
                        .map(ExternalId::value)
                        .map(VolumeId::new));
    }

    /** Removes a template's copy in a pool: what its record says that the pool calls it; else what has its name. */
    void removeCopy(RecordId<PoolRecord> pool, RecordId<TemplateRecord> template) throws InterruptedException {
        Optional<VolumeId> id = external(pool, template);
        if (id.isPresent()) {
            ground.pool(pool).delete(id.get());
        } else {
            remove(pool, template);
        }
    }

    /** Removes what has a template's name in a pool, which is the template's alone. */
    void remove(RecordId<PoolRecord> pool, RecordId<TemplateRecord> template) throws InterruptedException {
        StoragePool open = ground.pool(pool);
        Optional<Volume> made = open.findNamed(nameIn(pool, template));
        if (made.isPresent()) {
            open.delete(made.get().id());
        }
    }
}
