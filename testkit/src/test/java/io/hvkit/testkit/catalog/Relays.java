package io.hvkit.testkit.catalog;

import io.hvkit.catalog.spi.AccountRecord;
import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.CredentialRecord;
import io.hvkit.catalog.spi.Field;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.Journal;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.Lease;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.NewOperation;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.ReadingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ReplicaRecord;
import io.hvkit.catalog.spi.ScheduledSnapshotRecord;
import io.hvkit.catalog.spi.SettingRecord;
import io.hvkit.catalog.spi.SnapshotPolicyRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.UsageRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Catalogs, tables and journals that pass everything on; faults are made by overriding one method. */
final class Relays {

    private Relays() {}

    static class OfCatalog implements Catalog {
        final Catalog real;

        OfCatalog(Catalog real) {
            this.real = real;
        }

        @Override
        public <T> T inTransaction(Work<T> work) throws InterruptedException {
            return real.inTransaction(transaction -> work.run(relayed(transaction)));
        }

        Transaction relayed(Transaction transaction) {
            return transaction;
        }

        @Override
        public void close() {
            real.close();
        }
    }

    static class OfTransaction implements Transaction {
        final Transaction real;

        OfTransaction(Transaction real) {
            this.real = real;
        }

        <R extends CatalogRecord<R>> Table<R> any(Table<R> table) {
            return table;
        }

        @Override
        public Table<ZoneRecord> zones() {
            return any(real.zones());
        }

        @Override
        public Table<ClusterRecord> clusters() {
            return any(real.clusters());
        }

        @Override
        public Table<HostRecord> hosts() {
            return any(real.hosts());
        }

        @Override
        public Table<PoolRecord> pools() {
            return any(real.pools());
        }

        @Override
        public Table<VolumeRecord> volumes() {
            return any(real.volumes());
        }

        @Override
        public Table<AttachmentRecord> attachments() {
            return any(real.attachments());
        }

        @Override
        public Table<MachineRecord> machines() {
            return any(real.machines());
        }

        @Override
        public Table<MachineDiskRecord> machineDisks() {
            return any(real.machineDisks());
        }

        @Override
        public Table<SnapshotRecord> snapshots() {
            return any(real.snapshots());
        }

        @Override
        public Table<TemplateRecord> templates() {
            return any(real.templates());
        }

        @Override
        public Table<TemplateCopyRecord> templateCopies() {
            return any(real.templateCopies());
        }

        @Override
        public Table<BackupRecord> backups() {
            return any(real.backups());
        }

        @Override
        public Table<ChainRecord> chains() {
            return any(real.chains());
        }

        @Override
        public Table<ReplicaRecord> replicas() {
            return any(real.replicas());
        }

        @Override
        public Table<ReadingRecord> readings() {
            return any(real.readings());
        }

        @Override
        public Table<SnapshotPolicyRecord> snapshotPolicies() {
            return any(real.snapshotPolicies());
        }

        @Override
        public Table<ScheduledSnapshotRecord> scheduledSnapshots() {
            return any(real.scheduledSnapshots());
        }

        @Override
        public Table<CredentialRecord> credentials() {
            return any(real.credentials());
        }

        @Override
        public Table<SettingRecord> settings() {
            return any(real.settings());
        }

        @Override
        public Table<OfferingRecord> offerings() {
            return any(real.offerings());
        }

        @Override
        public Table<AccountRecord> accounts() {
            return any(real.accounts());
        }

        @Override
        public Table<HoldingRecord> holdings() {
            return any(real.holdings());
        }

        @Override
        public Table<UsageRecord> usage() {
            return any(real.usage());
        }

        @Override
        public Table<KeyRecord> keys() {
            return any(real.keys());
        }

        @Override
        public Journal journal() {
            return real.journal();
        }
    }

    static class OfTable<R extends CatalogRecord<R>> implements Table<R> {
        final Table<R> real;

        OfTable(Table<R> real) {
            this.real = real;
        }

        @Override
        public Optional<R> find(RecordId<R> id) {
            return real.find(id);
        }

        @Override
        public <V> List<R> where(Field<R, V> field, V value) {
            return real.where(field, value);
        }

        @Override
        public List<R> page(Optional<RecordId<R>> after, int limit) {
            return real.page(after, limit);
        }

        @Override
        public R insert(R record) {
            return real.insert(record);
        }

        @Override
        public R update(R record) {
            return real.update(record);
        }

        @Override
        public void delete(R record) {
            real.delete(record);
        }
    }

    static class OfJournal implements Journal {
        final Journal real;

        OfJournal(Journal real) {
            this.real = real;
        }

        @Override
        public OperationRecord begin(NewOperation operation, String holder, Duration length) {
            return real.begin(operation, holder, length);
        }

        @Override
        public Optional<OperationRecord> find(RecordId<OperationRecord> id) {
            return real.find(id);
        }

        @Override
        public Optional<OperationRecord> findBy(String idempotencyKey) {
            return real.findBy(idempotencyKey);
        }

        @Override
        public List<OperationRecord> open() {
            return real.open();
        }

        @Override
        public Lease take(RecordId<OperationRecord> id, String holder, Duration length) {
            return real.take(id, holder, length);
        }

        @Override
        public Lease renew(Lease lease, Duration length) {
            return real.renew(lease, length);
        }

        @Override
        public void release(Lease lease) {
            real.release(lease);
        }

        @Override
        public void write(Lease lease, OperationRecord.Step step) {
            real.write(lease, step);
        }

        @Override
        public void undo(Lease lease, Optional<OperationRecord.Fault> why) {
            real.undo(lease, why);
        }

        @Override
        public void end(Lease lease, OperationRecord.State state, OperationRecord.Outcome outcome) {
            real.end(lease, state, outcome);
        }

        @Override
        public void require(Lease lease) {
            real.require(lease);
        }

        @Override
        public void askToStop(RecordId<OperationRecord> id) {
            real.askToStop(id);
        }

        @Override
        public int forgetEndedBefore(Instant moment) {
            return real.forgetEndedBefore(moment);
        }
    }
}
