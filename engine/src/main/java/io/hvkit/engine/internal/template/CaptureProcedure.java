package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.EndPointQuery;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Makes a template of a volume with which no machine runs, which a host copies. */
public final class CaptureProcedure implements Procedure<CapturedVolume, TemplateRecord> {

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
    public Facts facts(CapturedVolume request) {
        return request.wanted().in(Facts.of("volume", request.volume()));
    }

    @Override
    public CapturedVolume request(Facts facts) {
        return new CapturedVolume(new RecordId<>(facts.text("volume")), WantedTemplate.of(facts));
    }

    @Override
    public SortedSet<String> objects(CapturedVolume request) {
        return new TreeSet<>(Set.of(Ground.object(request.volume())));
    }

    @Override
    public Facts run(CapturedVolume request, Run run) throws InterruptedException {
        RecordId<TemplateRecord> id = new RecordId<>(run.operation().value());
        Facts plan = run.step(Step.of("plan", () -> planning.facts(request)));
        NewTemplate template = new NewTemplate(templates, id, request.wanted(), plan);
        Facts made = template.make(transaction -> Ground.requireReady(transaction, request.volume()), run);
        fill(request, plan, template, made, run);
        run.step(Step.recorded("ready", transaction -> template.ready(transaction, made))
                .committing());
        return Facts.of("template", id);
    }

    private void fill(CapturedVolume request, Facts plan, NewTemplate template, Facts made, Run run)
            throws InterruptedException {
        ImageCopy.Side source = new ImageCopy.Side(
                new RecordId<>(plan.text("from")),
                plan.text("from-name"),
                Optional.empty(),
                ImageFormat.valueOf(plan.text("from-format")),
                plan.find("from-key").map(RecordId::new));
        EndPointQuery query = ground.workOn(ground.volume(request.volume()))
                .reaching(new PoolId(request.wanted().pool().value()));
        new ImageCopy(ground, source, template.side(made), template.plaintext())
                .run(
                        query,
                        "copy volume " + request.volume() + " to template "
                                + request.wanted().name(),
                        run);
    }

    @Override
    public TemplateRecord result(CapturedVolume request, Facts result) throws InterruptedException {
        return templates.template(new RecordId<>(result.text("template")));
    }
}
