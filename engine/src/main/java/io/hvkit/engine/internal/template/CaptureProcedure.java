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
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.usage.Measures;
import io.hvkit.engine.internal.volume.CreateProcedure;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.NewHeader;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.template.CaptureRequest.Plaintext;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Thing;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeEncryption;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Makes a template of a volume with which no machine runs: its key comes first, if it is to have one, then the records, then room in the pool,
 * which a host fills; and it counts once it was compared.
 */
public final class CaptureProcedure implements Procedure<CaptureRequest, TemplateRecord> {

    private final TemplateGround templates;
    private final Ground ground;
    private final CapturePlanning planning;

    /** Makes it. */
    public CaptureProcedure(TemplateGround templates) {
        this.templates = templates;
        this.ground = templates.ground();
        this.planning = new CapturePlanning(ground);
    }

    @Override
    public String kind() {
        return "template.capture";
    }

    @Override
    public Facts facts(CaptureRequest request) {
        return Facts.of("volume", request.volume())
                .with("name", request.name())
                .with("pool", request.pool())
                .with("plaintext", request.plaintext())
                .with("owner", request.owner().map(Account::path));
    }

    @Override
    public CaptureRequest request(Facts facts) {
        return new CaptureRequest(
                new RecordId<>(facts.text("volume")),
                facts.text("name"),
                new RecordId<>(facts.text("pool")),
                Plaintext.valueOf(facts.text("plaintext")),
                facts.find("owner").map(Account::of));
    }

    @Override
    public SortedSet<String> objects(CaptureRequest request) {
        return new TreeSet<>(Set.of(Ground.object(request.volume())));
    }

    @Override
    public Facts run(CaptureRequest request, Run run) throws InterruptedException {
        RecordId<TemplateRecord> id = new RecordId<>(run.operation().value());
        RecordId<KeyRecord> keyId = new RecordId<>(run.operation().value());
        Facts plan = run.step(Step.of("plan", () -> planning.facts(request)));
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
                .forgetting((transaction, evidence) -> forget(transaction, id, key)));
        String name = TemplateGround.nameIn(request.pool(), id);
        Facts made = run.step(Step.of("make", () -> make(request, plan, name, key))
                .lookedForBy(() -> ground.pool(request.pool()).findNamed(name).map(Ground::evidence))
                .undoneBy(evidence -> templates.remove(request.pool(), id)));
        ImageFormat format = ImageFormat.valueOf(made.text("format"));
        if (plan.find("header").isPresent()) {
            NewHeader.Layout layout = new NewHeader.Layout(format, ByteSize.bytes(Long.parseLong(made.text("size"))));
            made = new NewHeader(ground, request.pool(), name, layout, keyId)
                    .write(made, ground.workIn(request.pool()), run);
        }
        fill(request, plan, new ImageCopy.Side(request.pool(), name, Optional.empty(), format, key), run);
        Facts whole = made;
        run.step(Step.recorded("ready", transaction -> ready(transaction, id, request, whole, plan))
                .committing());
        return Facts.of("template", id);
    }

    private void fill(CaptureRequest request, Facts plan, ImageCopy.Side target, Run run) throws InterruptedException {
        ImageCopy.Side source = new ImageCopy.Side(
                new RecordId<>(plan.text("from")),
                plan.text("from-name"),
                Optional.empty(),
                ImageFormat.valueOf(plan.text("from-format")),
                plan.find("from-key").map(RecordId::new));
        CopyImage.Plaintext plaintext =
                request.plaintext() == Plaintext.AUTHORISED ? CopyImage.Plaintext.ALLOWED : CopyImage.Plaintext.REFUSED;
        EndPointQuery query = ground.workOn(ground.volume(request.volume()))
                .reaching(new PoolId(request.pool().value()));
        new ImageCopy(ground, source, target, plaintext)
                .run(query, "copy volume " + request.volume() + " to template " + request.name(), run);
    }

    private Facts record(
            Transaction transaction,
            RecordId<TemplateRecord> id,
            CaptureRequest request,
            Facts plan,
            Optional<RecordId<KeyRecord>> key) {
        Ground.requireReady(transaction, request.volume());
        ImageFormat format = ImageFormat.valueOf(plan.text("format"));
        PoolRecord pool = transaction.pools().require(request.pool());
        transaction
                .templates()
                .insert(new TemplateRecord(
                        id,
                        0,
                        request.name(),
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
                        Place.first(request.pool(), format)));
        request.owner()
                .ifPresent(owner -> ground.ledger(transaction)
                        .reserve(
                                Thing.template(id).toString(),
                                owner,
                                Optional.empty(),
                                Measures.template(Long.parseLong(plan.text("size")))));
        return Facts.of("template", id);
    }

    private void forget(Transaction transaction, RecordId<TemplateRecord> id, Optional<RecordId<KeyRecord>> key) {
        transaction.templateCopies().find(new RecordId<>(id.value())).ifPresent(transaction.templateCopies()::delete);
        transaction.templates().find(id).ifPresent(transaction.templates()::delete);
        ground.ledger(transaction).end(Thing.template(id).toString());
        key.ifPresent(known -> ground.keys().release(transaction, known));
    }

    private Facts make(CaptureRequest request, Facts plan, String name, Optional<RecordId<KeyRecord>> keyId)
            throws InterruptedException {
        StoragePool pool = ground.pool(request.pool());
        ByteSize size = ByteSize.bytes(Long.parseLong(plan.text("size")));
        CreateVolume wanted = CreateVolume.blank(name, size).as(ImageFormat.valueOf(plan.text("made-as")));
        if (keyId.isPresent()) {
            try (Secret key = ground.keys().open(keyId.get())) {
                return planning.proved(pool, pool.create(wanted.encryptedBy(key)));
            }
        }
        boolean byStorage = VolumeEncryption.valueOf(plan.text("encryption")) == VolumeEncryption.BY_STORAGE;
        Volume made = pool.create(byStorage ? wanted.encryptedByStorage() : wanted);
        return byStorage ? planning.proved(pool, made) : Ground.evidence(made);
    }

    private Facts ready(
            Transaction transaction, RecordId<TemplateRecord> id, CaptureRequest request, Facts made, Facts plan) {
        VolumeEncryption encryption = VolumeEncryption.valueOf(plan.text("encryption"));
        ImageFormat format = ImageFormat.valueOf(made.text("format"));
        Optional<Encryption> proved = encryption == VolumeEncryption.NONE
                ? Optional.empty()
                : Optional.of(new Encryption(CreateProcedure.formatOf(encryption, format), made.text("attestation")));
        ExternalId external = new ExternalId(
                plan.text("type"), "template", made.text("id"), ground.clock().instant());
        TemplateCopyRecord copy = TemplateGround.requireCopy(transaction, id, request.pool());
        transaction
                .templateCopies()
                .update(copy.at(copy.place().seen(format, external, proved)).in(TemplateCopyRecord.State.READY));
        TemplateRecord template = transaction.templates().require(id);
        transaction.templates().update(template.of(ByteSize.bytes(Long.parseLong(made.text("size")))));
        templates.reserve(transaction, id); // its pool may have made it larger
        templates.settle(transaction, id);
        return Facts.of("template", id);
    }

    @Override
    public TemplateRecord result(CaptureRequest request, Facts result) throws InterruptedException {
        return templates.template(new RecordId<>(result.text("template")));
    }
}
