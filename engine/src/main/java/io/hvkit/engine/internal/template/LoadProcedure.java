package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateCopyRecord.State;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.cluster.PoolStanding;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.AddTemplate;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Templates;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Brings a template to a pool. Its record comes first, of which there is one for each pool; then the image is fetched, and its digest is seen
 * to be right; then the pool inspects it, and keeps it.
 */
public final class LoadProcedure implements Procedure<LoadRequest, TemplateCopyRecord> {

    private final TemplateGround templates;
    private final Ground ground;

    /** Makes it. */
    public LoadProcedure(TemplateGround templates) {
        this.templates = templates;
        this.ground = templates.ground();
    }

    @Override
    public String kind() {
        return "template.load";
    }

    @Override
    public Facts facts(LoadRequest request) {
        return request.facts();
    }

    @Override
    public LoadRequest request(Facts facts) {
        return LoadRequest.of(facts);
    }

    @Override
    public SortedSet<String> objects(LoadRequest request) {
        return new TreeSet<>(Set.of(TemplateGround.object(request.template(), request.pool())));
    }

    @Override
    public Facts run(LoadRequest request, Run run) throws InterruptedException {
        RecordId<TemplateCopyRecord> id = new RecordId<>(run.operation().value());
        Facts plan = run.step(Step.of("plan", () -> plan(request)));
        if (plan.find("ready").isPresent()) {
            return request.facts(); // it was brought there before
        }
        run.step(Step.recorded("record", transaction -> record(transaction, id, request))
                .forgetting((transaction, evidence) -> {
                    transaction.templateCopies().find(id).ifPresent(transaction.templateCopies()::delete);
                    templates.giveBack(transaction, request.template());
                }));
        StagedImage image = new StagedImage(templates, run.operation());
        Path path;
        if (request.image().isPresent()) {
            path = request.image().get();
            run.step(Step.of("check", () -> image.check(path, templates.template(request.template()))));
        } else {
            path = image.path();
            RecordId<HostRecord> host = new RecordId<>(plan.text("host"));
            run.step(Step.of("fetch", () -> image.fetch(host, templates.template(request.template())))
                    .undoneBy(evidence -> image.remove()));
        }
        Facts added = run.step(Step.of("add", () -> add(request, path))
                .lookedForBy(() -> find(request))
                .undoneBy(evidence -> {
                    if (request.image().isEmpty()) {
                        image.remove(); // first: if the pool does not let go of its copy, nobody comes back for this
                    }
                    templates.remove(request.pool(), request.template());
                }));
        run.step(Step.recorded("ready", transaction -> ready(transaction, id, request, added))
                .committing());
        if (request.image().isEmpty()) {
            run.tidy(Step.of("unstage", () -> {
                image.remove();
                return Facts.NONE;
            }));
        }
        return request.facts();
    }

    private Facts plan(LoadRequest request) throws InterruptedException {
        TemplateRecord template = templates.template(request.template());
        PoolRecord pool = ground.catalog()
                .inTransaction(transaction -> transaction.pools().require(request.pool()));
        Optional<TemplateCopyRecord> known = ground.catalog()
                .inTransaction(transaction -> TemplateGround.findCopy(transaction, request.template(), request.pool()));
        Optional<TemplateCopyRecord> there = known.filter(copy -> copy.state() == State.READY);
        if (there.isPresent()) {
            return Facts.of("ready", there.get().id());
        }
        PoolRecord unused =
                ground.catalog().inTransaction(transaction -> PoolStanding.requireOpen(transaction, pool, "volumes"));
        StoragePool open = ground.pool(request.pool());
        Templates ignored = TemplateGround.templates(open);
        if (!open.formats().contains(template.content().format())) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "pool %s keeps nothing as %s, and template %s is that; convert the image",
                            pool.name(), template.content().format(), template.name());
        }
        return request.image().isPresent()
                ? Facts.NONE
                : Facts.of("host", new DownloadHosts(ground).choose(template, pool));
    }

    /** A copy that somebody is bringing there, or has left, is not this one. */
    private Facts record(Transaction transaction, RecordId<TemplateCopyRecord> id, LoadRequest request) {
        TemplateRecord template = transaction.templates().require(request.template());
        Optional<TemplateCopyRecord> left = TemplateGround.findCopy(transaction, request.template(), request.pool());
        if (left.isPresent()) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .message(
                            "template %s is %s in pool %s; recover, or delete it there first",
                            template.name(), left.get().state(), request.pool());
        }
        PoolRecord pool = transaction.pools().require(request.pool());
        transaction
                .templateCopies()
                .insert(new TemplateCopyRecord(
                        id,
                        0,
                        request.template(),
                        pool.reach().zone(),
                        State.LOADING,
                        Place.first(request.pool(), template.content().format())));
        templates.reserve(transaction, request.template());
        return Facts.of("copy", id);
    }

    private Facts add(LoadRequest request, Path image) throws InterruptedException {
        StoragePool pool = ground.pool(request.pool());
        TemplateRecord template = templates.template(request.template());
        AddTemplate wanted = new AddTemplate(
                TemplateGround.nameIn(request.pool(), request.template()),
                image,
                template.content().format());
        return Ground.evidence(TemplateGround.templates(pool).add(wanted))
                .with("type", pool.type().id());
    }

    private Optional<Facts> find(LoadRequest request) throws InterruptedException {
        StoragePool pool = ground.pool(request.pool());
        return pool.findNamed(TemplateGround.nameIn(request.pool(), request.template()))
                .map(made -> Ground.evidence(made).with("type", pool.type().id()));
    }

    /** The first pool says how large it is, and every other one must say the same; if that has no room, it is not kept. */
    private Facts ready(Transaction transaction, RecordId<TemplateCopyRecord> id, LoadRequest request, Facts added) {
        TemplateRecord template = transaction.templates().require(request.template());
        ByteSize size = ByteSize.bytes(Long.parseLong(added.text("size")));
        if (template.content().size().isEmpty()) {
            transaction.templates().update(template.of(size));
            templates.reserve(transaction, template.id());
        } else if (!template.content().size().get().equals(size)) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .message(
                            "template %s has a disk of %s, and its image has one of %s; it is not kept",
                            template.name(), template.content().size().get(), size);
        }
        TemplateCopyRecord copy = transaction.templateCopies().require(id);
        ExternalId external = new ExternalId(
                added.text("type"), "template", added.text("id"), ground.clock().instant());
        Place place = copy.place().seen(ImageFormat.valueOf(added.text("format")), external, Optional.empty());
        transaction.templateCopies().update(copy.at(place).in(State.READY));
        return Facts.of("copy", id);
    }

    @Override
    public TemplateCopyRecord result(LoadRequest request, Facts result) throws InterruptedException {
        return templates.copy(request.template(), request.pool());
    }
}
