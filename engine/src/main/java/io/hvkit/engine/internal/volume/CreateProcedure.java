package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Encryption;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.cluster.PoolStanding;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EncryptionSupport.HeaderWriter;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeEncryption;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Makes a volume. Its key is stored first, then its record, which holds the key; then the pool makes it; and it counts once the pool has shown
 * it, with an attestation if it is to be encrypted: the pool's, or that of the host that has written its header.
 */
public final class CreateProcedure implements Procedure<VolumeRequest, VolumeRecord> {

    /** How a pool makes a volume. */
    @FunctionalInterface
    public interface Making {
        /** Makes it, or confirms that it was made. */
        Volume make(StoragePool pool, CreateVolume wanted) throws InterruptedException;
    }

    /**
     * What becomes of a new volume.
     *
     * @param making how its pool makes it
     * @param kept its state once it is made; {@code CREATING} if it is to be filled then, and is nobody's to use before
     */
    public record Manner(Making making, VolumeRecord.State kept) {

        /** Made blank, and there. */
        static final Manner BLANK = new Manner(StoragePool::create, VolumeRecord.State.READY);

        private static final Manner UNFILLED = new Manner(StoragePool::create, VolumeRecord.State.CREATING);
    }

    private final Ground ground;
    private final VolumeTerms terms;
    private final Manner usual;

    /** Makes it. */
    public CreateProcedure(Ground ground) {
        this(ground, Manner.BLANK);
    }

    private CreateProcedure(Ground ground, Manner usual) {
        this.ground = ground;
        this.terms = new VolumeTerms(ground);
        this.usual = usual;
    }

    /** Returns one that makes volumes which nobody may use yet, since they are to be filled: they stay {@code CREATING}. */
    public static CreateProcedure ofUnfilled(Ground ground) {
        return new CreateProcedure(ground, Manner.UNFILLED);
    }

    @Override
    public String kind() {
        return "volume.create";
    }

    @Override
    public Facts facts(VolumeRequest request) {
        return Facts.of("name", request.name())
                .with("size", request.size().bytes())
                .with("pool", request.pool())
                .with("format", request.format())
                .with("protection", request.protection())
                .with("owner", request.owner().map(Account::path))
                .with("offering", request.offering());
    }

    @Override
    public VolumeRequest request(Facts facts) {
        return new VolumeRequest(
                facts.text("name"),
                ByteSize.bytes(Long.parseLong(facts.text("size"))),
                new RecordId<>(facts.text("pool")),
                ImageFormat.valueOf(facts.text("format")),
                Protection.valueOf(facts.text("protection")),
                facts.find("owner").map(Account::of),
                facts.find("offering").map(RecordId::new));
    }

    /** Nobody knows the volume yet, and its name is guarded by the catalog. */
    @Override
    public SortedSet<String> objects(VolumeRequest request) {
        return new TreeSet<>();
    }

    @Override
    public Facts run(VolumeRequest request, Run run) throws InterruptedException {
        return run(request, run, usual);
    }

    /** Makes a volume in another manner. It is called as the operation. */
    public Facts run(VolumeRequest request, Run run, Manner manner) throws InterruptedException {
        RecordId<VolumeRecord> id = new RecordId<>(run.operation().value());
        RecordId<KeyRecord> keyId = new RecordId<>(run.operation().value());
        Facts plan = run.step(Step.of("plan", () -> plan(request)));
        VolumeEncryption encryption = VolumeEncryption.valueOf(plan.text("encryption"));
        Optional<RecordId<KeyRecord>> key =
                encryption == VolumeEncryption.WITH_KEY ? Optional.of(keyId) : Optional.empty();
        if (key.isPresent()) {
            run.step(Step.of(
                            "key",
                            () -> Facts.of("key", ground.keys().create(keyId).id()))
                    .undoneBy(evidence -> {})
                    .forgetting((transaction, evidence) -> ground.keys().release(transaction, keyId)));
        }
        run.step(Step.recorded("record", transaction -> record(transaction, id, request, plan, key))
                .forgetting((transaction, evidence) -> {
                    transaction.volumes().find(id).ifPresent(transaction.volumes()::delete);
                    ground.ledger(transaction).end(Ground.object(id));
                }));
        String name = Ground.nameIn(request.pool(), id, 0);
        boolean needsHeader = plan.find("header").isPresent();
        boolean isWhole = !needsHeader && plan.find(VolumeTerms.LIMITED).isEmpty();
        Facts made = run.step(Step.of("make", () -> make(request, encryption, name, key, manner.making))
                .lookedForBy(() -> ground.pool(request.pool()).findNamed(name).map(Ground::evidence))
                .undoneBy(evidence -> remove(request.pool(), name))
                .keeping((transaction, evidence) -> {
                    if (isWhole) {
                        keep(transaction, id, encryption, evidence, plan, manner.kept);
                    }
                }));
        Facts whole =
                needsHeader ? header(request, name, made, keyId).write(made, ground.workIn(request.pool()), run) : made;
        if (plan.find(VolumeTerms.LIMITED).isPresent()) {
            run.step(Step.of("limit", () -> terms.limit(request, made)));
        }
        if (!isWhole) {
            run.step(Step.recorded("keep", transaction -> {
                keep(transaction, id, encryption, whole, plan, manner.kept);
                return Facts.of("volume", id);
            }));
        }
        return Facts.of("volume", id);
    }

    private NewHeader header(VolumeRequest request, String name, Facts made, RecordId<KeyRecord> key) {
        NewHeader.Layout layout = new NewHeader.Layout(
                ImageFormat.valueOf(made.text("format")), ByteSize.bytes(Long.parseLong(made.text("size"))));
        return new NewHeader(ground, request.pool(), name, layout, key);
    }

    /** Asks the open pool, whose word counts, before anything is made. */
    private Facts plan(VolumeRequest request) throws InterruptedException {
        PoolRecord record = ground.catalog()
                .inTransaction(transaction -> PoolStanding.requireOpen(
                        transaction, transaction.pools().require(request.pool()), "volumes"));
        StoragePool pool = ground.connections().pool(record);
        VolumeEncryption encryption = request.protection() == Protection.PLAIN
                ? VolumeEncryption.NONE
                : pool.encryption()
                        .match(
                                none -> {
                                    throw DriverException.because(Failure.UNSUPPORTED)
                                            .message(
                                                    "pool %s encrypts nothing; choose another one for %s",
                                                    record.name(), request.name());
                                },
                                luks -> VolumeEncryption.WITH_KEY,
                                storage -> VolumeEncryption.BY_STORAGE);
        Optional<HeaderWriter> header = Optional.of(HeaderWriter.END_POINT)
                .filter(writer -> encryption == VolumeEncryption.WITH_KEY
                        && pool.encryption().needsHeader());
        Facts plan = Facts.of("encryption", encryption)
                .with("type", pool.type().id())
                .with("header", header)
                .with("at", ground.clock().instant());
        return terms.plan(request, pool, encryption, plan);
    }

    private Facts record(
            Transaction transaction,
            RecordId<VolumeRecord> id,
            VolumeRequest request,
            Facts plan,
            Optional<RecordId<KeyRecord>> key) {
        Optional<VolumeRecord> reserved = transaction.volumes().find(id);
        VolumeRecord volume = reserved.isPresent()
                ? transaction.volumes().update(reserved.get().openedWith(key))
                : transaction.volumes().insert(fresh(id, request, plan, key));
        Facts recorded = Facts.of("volume", volume.id());
        terms.reserve(transaction, request, id, plan);
        return recorded;
    }

    private static VolumeRecord fresh(
            RecordId<VolumeRecord> id, VolumeRequest request, Facts plan, Optional<RecordId<KeyRecord>> key) {
        return new VolumeRecord(
                id,
                0,
                request.name(),
                VolumeRecord.State.CREATING,
                Place.first(request.pool(), request.format()),
                request.size(),
                key,
                Optional.empty(),
                Instant.parse(plan.text("at")));
    }

    private Facts make(
            VolumeRequest request,
            VolumeEncryption encryption,
            String name,
            Optional<RecordId<KeyRecord>> keyId,
            Making making)
            throws InterruptedException {
        StoragePool pool = ground.pool(request.pool());
        CreateVolume wanted = CreateVolume.blank(name, request.size()).as(request.format());
        if (keyId.isPresent()) {
            try (Secret key = ground.keys().open(keyId.get())) {
                return attested(pool, making.make(pool, wanted.encryptedBy(key)));
            }
        }
        return encryption == VolumeEncryption.BY_STORAGE
                ? attested(pool, making.make(pool, wanted.encryptedByStorage()))
                : Ground.evidence(making.make(pool, wanted));
    }

    /** Whoever asks for an encrypted volume gets one that was proved to be, or none. */
    private static Facts attested(StoragePool pool, Volume volume) throws InterruptedException {
        if (volume.attestation().isEmpty() && !pool.encryption().needsHeader()) {
            pool.delete(volume.id());
            throw DriverException.because(Failure.DEFECT)
                    .message(
                            "pool %s did not prove that volume %s is encrypted; it is removed", pool.id(), volume.id());
        }
        return Ground.evidence(volume);
    }

    /** The name is this operation's alone, so what has it is what this operation made. */
    private void remove(RecordId<PoolRecord> poolId, String name) throws InterruptedException {
        StoragePool pool = ground.pool(poolId);
        Optional<Volume> made = pool.findNamed(name);
        if (made.isPresent()) {
            pool.delete(made.get().id());
        }
    }

    private void keep(
            Transaction transaction,
            RecordId<VolumeRecord> id,
            VolumeEncryption encryption,
            Facts evidence,
            Facts plan,
            VolumeRecord.State state) {
        VolumeRecord record = transaction.volumes().require(id);
        ImageFormat format = ImageFormat.valueOf(evidence.text("format"));
        Optional<Encryption> proved = encryption == VolumeEncryption.NONE
                ? Optional.empty()
                : Optional.of(new Encryption(formatOf(encryption, format), evidence.text("attestation")));
        ExternalId external = new ExternalId(
                plan.text("type"), "volume", evidence.text("id"), ground.clock().instant());
        VolumeRecord made = transaction
                .volumes()
                .update(record.at(record.place().seen(format, external, proved).carrying(Ground.diskUuid(evidence)))
                        .of(ByteSize.bytes(Long.parseLong(evidence.text("size"))))
                        .in(state));
        if (state == VolumeRecord.State.READY) {
            ground.settle(transaction, made); // one that is to be filled is there for its owner once it is
        }
    }

    /** Returns how a volume of that format is encrypted, as records have it. */
    public static String formatOf(VolumeEncryption encryption, ImageFormat format) {
        if (encryption == VolumeEncryption.BY_STORAGE) {
            return "storage";
        }
        return format == ImageFormat.LUKS ? "luks" : format.qemuName() + "-luks";
    }

    @Override
    public VolumeRecord result(VolumeRequest request, Facts result) throws InterruptedException {
        return ground.volume(new RecordId<>(result.text("volume")));
    }
}
