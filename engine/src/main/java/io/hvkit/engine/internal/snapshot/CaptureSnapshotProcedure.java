package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.ByteSize;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.template.CapturePlanning;
import io.hvkit.engine.internal.template.NewTemplate;
import io.hvkit.engine.internal.template.TemplateGround;
import io.hvkit.engine.internal.template.WantedTemplate;
import io.hvkit.engine.internal.volume.Ground;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Makes a template of a snapshot. What it is made of is read from the first step on, and so stays, whatever becomes of the snapshot; the
 * template is made as one of a volume is, with a key of its own, and may be used once it holds all and was compared.
 */
public final class CaptureSnapshotProcedure implements Procedure<CapturedSnapshot, TemplateRecord> {

    private final TemplateGround templates;
    private final Ground ground;
    private final CapturePlanning planning;

    /** Makes it. */
    public CaptureSnapshotProcedure(TemplateGround templates) {
        this.templates = templates;
        this.ground = templates.ground();
        this.planning = new CapturePlanning(ground);
    }

    @Override
    public String kind() {
        return "snapshot.capture";
    }

    @Override
    public Facts facts(CapturedSnapshot request) {
        return request.wanted().in(Facts.of("snapshot", request.snapshot()));
    }

    @Override
    public CapturedSnapshot request(Facts facts) {
        return new CapturedSnapshot(new RecordId<>(facts.text("snapshot")), WantedTemplate.of(facts));
    }

    /** Nobody knows the template yet; and the snapshot may be deleted meanwhile. */
    @Override
    public SortedSet<String> objects(CapturedSnapshot request) {
        return new TreeSet<>();
    }

    @Override
    public Facts run(CapturedSnapshot request, Run run) throws InterruptedException {
        RecordId<TemplateRecord> id = new RecordId<>(run.operation().value());
        VolumeId reader = new VolumeId(id.value());
        SnapshotId snapshot = ChainLedger.idOf(request.snapshot());
        Facts seen = run.step(Step.of("stores", () -> new StoreLook(ground).look(snapshot)));
        SnapshotSource.Target target =
                new SnapshotSource.Target(reader, request.wanted().pool());
        Facts begun = run.step(Step.recorded(
                        "source", transaction -> SnapshotSource.begin(ground, transaction, snapshot, target, seen))
                .forgetting((transaction, evidence) -> SnapshotSource.release(ground, transaction, evidence, reader)));
        SnapshotSource source = SnapshotSource.of(begun);
        Facts plan = run.step(Step.of("plan", () -> plan(request, source, begun)));
        NewTemplate template = new NewTemplate(templates, id, request.wanted(), plan);
        Facts made = template.make(transaction -> {}, run);
        fill(source, template, made, run);
        run.step(Step.recorded("ready", transaction -> ready(transaction, template, made, begun))
                .committing());
        return Facts.of("template", id);
    }

    private Facts plan(CapturedSnapshot request, SnapshotSource source, Facts begun) throws InterruptedException {
        return planning.facts(
                request.wanted(),
                new CapturePlanning.Source(
                        "snapshot " + source.snapshot(),
                        ByteSize.bytes(Long.parseLong(begun.text("size"))),
                        source.isEncrypted() ? CapturePlanning.Secrecy.ENCRYPTED : CapturePlanning.Secrecy.PLAIN));
    }

    private void fill(SnapshotSource source, NewTemplate template, Facts made, Run run) throws InterruptedException {
        Facts chosen = run.step(Step.of(
                "worker", () -> source.worker(ground, template.unfilled(made).pool(), "to a template")));
        SnapshotCopy copy = new SnapshotCopy(
                        ground, source, () -> template.unfilled(made), new RecordId<>(chosen.text("host")))
                .into(template.plaintext());
        run.step(Step.of("lend", copy::lend).undoneBy(evidence -> copy.giveBack()));
        run.step(Step.of("copy", () -> copy.copy(run.progress())));
        run.step(Step.of("compare", () -> copy.compare(run.progress())));
        run.step(Step.of("close", copy::close));
    }

    private Facts ready(Transaction transaction, NewTemplate template, Facts made, Facts begun) {
        Facts whole = template.ready(transaction, made);
        SnapshotSource.release(ground, transaction, Optional.of(begun), new VolumeId(whole.text("template")));
        return whole;
    }

    @Override
    public TemplateRecord result(CapturedSnapshot request, Facts result) throws InterruptedException {
        return templates.template(new RecordId<>(result.text("template")));
    }
}
