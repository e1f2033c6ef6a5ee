package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.CreateProcedure;
import io.hvkit.engine.internal.volume.CreateProcedure.Making;
import io.hvkit.engine.internal.volume.CreateProcedure.Manner;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeFromTemplate;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Makes a volume that begins with what is on a template: by the pool that has both; or blank first, and filled by a host. It is {@code READY}
 * once it is filled, and not before.
 */
public final class NewVolumeProcedure implements Procedure<NewVolume, VolumeRecord> {

    private final Ground ground;
    private final CreateProcedure create;

    /** Makes it. */
    public NewVolumeProcedure(TemplateGround templates) {
        this.ground = templates.ground();
        this.create = new CreateProcedure(ground);
    }

    @Override
    public String kind() {
        return "template.volume";
    }

    @Override
    public Facts facts(NewVolume request) {
        return request.facts(create.facts(request.volume()));
    }

    @Override
    public NewVolume request(Facts facts) {
        return NewVolume.of(facts, create.request(facts));
    }

    @Override
    public SortedSet<String> objects(NewVolume request) {
        return request.way() == NewVolume.Way.HOST
                ? new TreeSet<>(Set.of(TemplateGround.object(request.template(), request.from())))
                : new TreeSet<>();
    }

    @Override
    public Facts run(NewVolume request, Run run) throws InterruptedException {
        Facts source = run.step(Step.recorded("source", transaction -> source(transaction, request)));
        if (request.way() == NewVolume.Way.POOL) {
            VolumeId template = new VolumeId(source.text("id"));
            Making copying =
                    (pool, wanted) -> TemplateGround.templates(pool).create(VolumeFromTemplate.of(template, wanted));
            return create.run(request.volume(), run, new Manner(copying, VolumeRecord.State.READY));
        }
        Facts made = create.run(request.volume(), run, new Manner(StoragePool::create, VolumeRecord.State.CREATING));
        RecordId<VolumeRecord> id = new RecordId<>(made.text("volume"));
        Facts target = run.step(Step.recorded("target", transaction -> target(transaction, id)));
        EndPointQuery query = ground.workIn(request.volume().pool())
                .reaching(new PoolId(request.from().value()));
        copy(request, id, source, target)
                .run(query, "copy a template to volume " + request.volume().name(), run);
        run.step(Step.recorded("ready", transaction -> {
                    VolumeRecord volume = transaction.volumes().require(id);
                    ground.settle(transaction, transaction.volumes().update(volume.in(VolumeRecord.State.READY)));
                    return Facts.of("volume", id);
                })
                .committing());
        return made;
    }

    private ImageCopy copy(NewVolume request, RecordId<VolumeRecord> id, Facts source, Facts target) {
        return new ImageCopy(
                ground,
                new ImageCopy.Side(
                        request.from(),
                        source.text("name"),
                        Optional.of(new VolumeId(source.text("id"))),
                        ImageFormat.valueOf(source.text("format")),
                        key(source)),
                new ImageCopy.Side(
                        request.volume().pool(),
                        Ground.nameIn(request.volume().pool(), id, 0),
                        Optional.empty(),
                        ImageFormat.valueOf(target.text("format")),
                        key(target)),
                CopyImage.Plaintext.REFUSED);
    }

    private static Optional<RecordId<KeyRecord>> key(Facts facts) {
        return facts.find("key").map(RecordId::new);
    }

    private static Facts source(Transaction transaction, NewVolume request) {
        TemplateRecord template = transaction.templates().require(request.template());
        NewVolumePlan.requirePossible(template, request.volume());
        TemplateCopyRecord copy = TemplateGround.requireCopy(transaction, request.template(), request.from());
        if (copy.state() != TemplateCopyRecord.State.READY) {
            throw DriverException.because(Failure.IN_USE)
                    .message("template %s is %s in pool %s", template.name(), copy.state(), request.from());
        }
        return Facts.of("id", copy.place().externalId().map(ExternalId::value).orElseThrow())
                .with("name", TemplateGround.nameIn(request.from(), request.template()))
                .with("format", copy.place().format())
                .with("key", template.key());
    }

    private static Facts target(Transaction transaction, RecordId<VolumeRecord> id) {
        VolumeRecord volume = transaction.volumes().require(id);
        return Facts.of("format", volume.place().format()).with("key", volume.key());
    }

    @Override
    public VolumeRecord result(NewVolume request, Facts result) throws InterruptedException {
        return ground.volume(new RecordId<>(result.text("volume")));
    }
}
