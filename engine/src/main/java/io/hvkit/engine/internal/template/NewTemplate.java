package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord.Encryption;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.usage.Measures;
import io.hvkit.engine.internal.volume.CreateProcedure;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.NewHeader;
import io.hvkit.engine.internal.volume.UnfilledCopy;
import io.hvkit.engine.template.CaptureRequest.Plaintext;
import io.hvkit.engine.usage.Thing;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeEncryption;
import java.time.Instant;
import java.util.Optional;

/**
 * A template while it is made, whatever fills it: its key comes first, if it is to have one, then its records, then room in its pool; and it
 * may be used, and counts, once somebody has filled and compared that.
 */
public final class NewTemplate {

    private final TemplateGround templates;
    private final Ground ground;
    private final RecordId<TemplateRecord> id;
    private final WantedTemplate wanted;
    private final Facts plan;
    private final Optional<RecordId<KeyRecord>> key;

    /**
     * Makes it; touches nothing yet.
     *
     * @param id its id, which is that of the operation
     * @param plan what {@link CapturePlanning} says
     */
    public NewTemplate(TemplateGround templates, RecordId<TemplateRecord> id, WantedTemplate wanted, Facts plan) {
        this.templates = templates;
        this.ground = templates.ground();
        this.id = id;
        this.wanted = wanted;
        this.plan = plan;
        this.key =
                encryption() == VolumeEncryption.WITH_KEY ? Optional.of(new RecordId<>(id.value())) : Optional.empty();
    }

    /** Something that must be so when the records are made. */
    @FunctionalInterface
    public interface Condition {
        /** Throws if it is not so. */
        void check(Transaction transaction);
    }

    private VolumeEncryption encryption() {
        return VolumeEncryption.valueOf(plan.text("encryption"));
    }

    private String name() {
        return TemplateGround.nameIn(wanted.pool(), id);
    }

    /** Makes all of it but its content, in steps; returns what was made, as {@link #ready} wants it. */
    public Facts make(Condition condition, Run run) throws InterruptedException {
        if (key.isPresent()) {
            RecordId<KeyRecord> own = key.get();
            run.step(Step.of(
                            "key",
                            () -> Facts.of("key", ground.keys().create(own).id()))
                    .undoneBy(evidence -> {})
                    .forgetting((transaction, evidence) -> ground.keys().release(transaction, own)));
        }
        run.step(Step.recorded("record", transaction -> record(transaction, condition))
                .forgetting((transaction, evidence) -> forget(transaction)));
        Facts made = run.step(Step.of("make", this::create)
                .lookedForBy(() -> ground.pool(wanted.pool()).findNamed(name()).map(Ground::evidence))
                .undoneBy(evidence -> templates.remove(wanted.pool(), id)));
        if (key.isEmpty() || plan.find("header").isEmpty()) {
            return made;
        }
        NewHeader.Layout layout = new NewHeader.Layout(formatOf(made), sizeOf(made));
        return new NewHeader(ground, wanted.pool(), name(), layout, key.get())
                .write(made, ground.workIn(wanted.pool()), run);
    }

    private static ImageFormat formatOf(Facts made) {
        return ImageFormat.valueOf(made.text("format"));
    }

    private static ByteSize sizeOf(Facts made) {
        return ByteSize.bytes(Long.parseLong(made.text("size")));
    }

    /** Returns what was made, to be filled. */
    public UnfilledCopy unfilled(Facts made) {
        return new UnfilledCopy(wanted.pool(), new VolumeId(made.text("id")), formatOf(made), key);
    }

    /** Returns the same as something that is found by its name. */
    ImageCopy.Side side(Facts made) {
        return new ImageCopy.Side(wanted.pool(), name(), Optional.empty(), formatOf(made), key);
    }

    /** Returns whether a host may write in clear what it reads decrypted: somebody said so, or the pool itself encrypts. */
    public CopyImage.Plaintext plaintext() {
        return wanted.plaintext() == Plaintext.AUTHORISED || encryption() == VolumeEncryption.BY_STORAGE
                ? CopyImage.Plaintext.ALLOWED
                : CopyImage.Plaintext.REFUSED;
    }

    private Facts record(Transaction transaction, Condition condition) {
        condition.check(transaction);
        ImageFormat format = ImageFormat.valueOf(plan.text("format"));
        PoolRecord pool = transaction.pools().require(wanted.pool());
        transaction
                .templates()
                .insert(new TemplateRecord(
                        id,
                        0,
                        wanted.name(),
                        new TemplateRecord.Content(format, Optional.empty(), Optional.empty()),
                        Optional.empty(),
                        key,
                        Instant.parse(plan.text("at"))));
        transaction
                .templateCopies()
                .insert(new TemplateCopyRecord(
                        new RecordId<>(id.value()),
                        0,
                        id,
                        pool.reach().zone(),
                        TemplateCopyRecord.State.LOADING,
                        Place.first(wanted.pool(), format)));
        wanted.owner()
                .ifPresent(owner -> ground.ledger(transaction)
                        .reserve(
                                Thing.template(id).toString(),
                                owner,
                                Optional.empty(),
                                Measures.template(Long.parseLong(plan.text("size")))));
        return Facts.of("template", id);
    }

    private void forget(Transaction transaction) {
        transaction.templateCopies().find(new RecordId<>(id.value())).ifPresent(transaction.templateCopies()::delete);
        transaction.templates().find(id).ifPresent(transaction.templates()::delete);
        ground.ledger(transaction).end(Thing.template(id).toString());
        key.ifPresent(known -> ground.keys().release(transaction, known));
    }

    private Facts create() throws InterruptedException {
        StoragePool pool = ground.pool(wanted.pool());
        ByteSize size = ByteSize.bytes(Long.parseLong(plan.text("size")));
        CreateVolume blank = CreateVolume.blank(name(), size).as(ImageFormat.valueOf(plan.text("made-as")));
        if (key.isPresent()) {
            try (Secret secret = ground.keys().open(key.get())) {
                return proved(pool, pool.create(blank.encryptedBy(secret)));
            }
        }
        boolean byStorage = encryption() == VolumeEncryption.BY_STORAGE;
        Volume made = pool.create(byStorage ? blank.encryptedByStorage() : blank);
        return byStorage ? proved(pool, made) : Ground.evidence(made);
    }

    /** What is to be encrypted was proved to be, or it is not there. */
    private static Facts proved(StoragePool pool, Volume made) throws InterruptedException {
        if (made.attestation().isEmpty() && !pool.encryption().needsHeader()) {
            pool.delete(made.id());
            throw DriverException.because(Failure.DEFECT)
                    .message("pool %s did not prove that %s is encrypted; it is removed", pool.id(), made.id());
        }
        return Ground.evidence(made);
    }

    /** Notes that it is whole; from now on it may be used, and counts for what it is. */
    public Facts ready(Transaction transaction, Facts made) {
        VolumeEncryption encryption = encryption();
        ImageFormat format = formatOf(made);
        Optional<Encryption> proved = encryption == VolumeEncryption.NONE
                ? Optional.empty()
                : Optional.of(new Encryption(CreateProcedure.formatOf(encryption, format), made.text("attestation")));
        ExternalId external = new ExternalId(
                plan.text("type"), "template", made.text("id"), ground.clock().instant());
        TemplateCopyRecord copy = TemplateGround.requireCopy(transaction, id, wanted.pool());
        transaction
                .templateCopies()
                .update(copy.at(copy.place().seen(format, external, proved)).in(TemplateCopyRecord.State.READY));
        TemplateRecord template = transaction.templates().require(id);
        transaction.templates().update(template.of(sizeOf(made)));
        templates.reserve(transaction, id); // its pool may have made it larger
        templates.settle(transaction, id);
        return Facts.of("template", id);
    }
}
