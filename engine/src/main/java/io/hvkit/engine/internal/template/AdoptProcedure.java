package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.template.Adoption;
import io.hvkit.engine.template.FoundCopy;
import io.hvkit.storage.spi.Volume;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Makes the engine keep templates that another system has left in pools, of which its records may tell several times. Each pool is asked what it
 * has: what it does not have, or has empty, is left; of several the first is kept; and one that holds another size than the template has is
 * another content, and left. What is the engine's already, as a volume, another template's copy or a layer of a backup, is left to that: a
 * template that is deleted takes its copies with it.
 */
public final class AdoptProcedure implements Procedure<List<FoundCopy>, Adoption> {

    private static final String KEPT = "kept";

    private final TemplateGround templates;
    private final Ground ground;

    /** Makes it. */
    public AdoptProcedure(TemplateGround templates) {
        this.templates = templates;
        this.ground = templates.ground();
    }

    @Override
    public String kind() {
        return "template.adopt";
    }

    @Override
    public Facts facts(List<FoundCopy> request) {
        Facts facts = Facts.NONE;
        for (int i = 0; i < request.size(); i++) {
            FoundCopy copy = request.get(i);
            facts = facts.with("name." + i, copy.template())
                    .with("pool." + i, copy.pool())
                    .with("volume." + i, copy.volume())
                    .with("format." + i, copy.format());
        }
        return facts;
    }

    @Override
    public List<FoundCopy> request(Facts facts) {
        return IntStream.range(0, facts.texts().size() / 4)
                .mapToObj(i -> new FoundCopy(
                        facts.text("name." + i),
                        new RecordId<>(facts.text("pool." + i)),
                        new VolumeId(facts.text("volume." + i)),
                        ImageFormat.valueOf(facts.text("format." + i))))
                .toList();
    }

    /** Nobody knows them yet, and the catalog guards their names and places. */
    @Override
    public SortedSet<String> objects(List<FoundCopy> request) {
        return new TreeSet<>();
    }

    @Override
    public Facts run(List<FoundCopy> request, Run run) throws InterruptedException {
        Facts looked = run.step(Step.of("look", () -> look(request)));
        return run.step(Step.recorded("keep", transaction -> keep(transaction, request, looked, run)));
    }

    /** What pools say counts, and not what records say that are to be repaired. */
    private Facts look(List<FoundCopy> request) throws InterruptedException {
        Facts facts = Facts.of("at", ground.clock().instant());
        for (int i = 0; i < request.size(); i++) {
            try {
                Optional<Volume> there =
                        ground.pool(request.get(i).pool()).find(request.get(i).volume());
                facts = there.isPresent()
                        ? seen(facts, i, there.get())
                                .with(
                                        "type." + i,
                                        ground.pool(request.get(i).pool())
                                                .type()
                                                .id())
                        : facts.with("not." + i, "its pool does not have it");
            } catch (DriverException e) {
                facts = facts.with("not." + i, "its pool did not tell: " + e.getMessage());
            }
        }
        return facts;
    }

    private static Facts seen(Facts facts, int i, Volume there) {
        return facts.with("size." + i, there.size().bytes())
                .with("format." + i, there.format())
                .with("id." + i, there.id())
                .with("name." + i, there.name())
                .with("secret." + i, there.attestation());
    }

    private Facts keep(Transaction transaction, List<FoundCopy> request, Facts looked, Run run) {
        Facts facts = Facts.NONE;
        Belongings belongings = new Belongings(transaction);
        for (int i = 0; i < request.size(); i++) {
            RecordId<TemplateCopyRecord> id = new RecordId<>(run.operation() + "-" + i);
            facts = facts.with("" + i, kept(transaction, belongings, request.get(i), id, Seen.of(looked, i)));
        }
        return facts;
    }

    /** What a pool said of a copy. */
    private record Seen(
            Optional<String> not,
            long size,
            String format,
            String type,
            Optional<VolumeId> id,
            String name,
            Optional<String> secret,
            Instant at) {
        static Seen of(Facts looked, int i) {
            return new Seen(
                    looked.find("not." + i),
                    looked.find("size." + i).map(Long::parseLong).orElse(0L),
                    looked.find("format." + i).orElse(""),
                    looked.find("type." + i).orElse(""),
                    looked.find("id." + i).map(VolumeId::new),
                    looked.find("name." + i).orElse(""),
                    looked.find("secret." + i),
                    Instant.parse(looked.text("at")));
        }
    }

    private String kept(
            Transaction transaction,
            Belongings belongings,
            FoundCopy copy,
            RecordId<TemplateCopyRecord> id,
            Seen seen) {
        VolumeId volume = seen.id.orElse(copy.volume());
        Optional<String> against =
                against(copy, seen).or(() -> belongings.whose(copy.pool(), volume, seen.name, copy.template()));
        if (against.isPresent()) {
            return against.get();
        }
        ByteSize size = ByteSize.bytes(seen.size);
        TemplateRecord template = transaction.templates().where(TemplateRecord.NAME, copy.template()).stream()
                .findAny()
                .orElseGet(() -> transaction
                        .templates()
                        .insert(new TemplateRecord(
                                new RecordId<>(id.value()),
                                0,
                                copy.template(),
                                new TemplateRecord.Content(copy.format(), Optional.empty(), Optional.of(size)),
                                Optional.empty(),
                                Optional.empty(),
                                seen.at)));
        if (template.key().isPresent()
                || template.content().format() != copy.format()
                || template.content()
                        .size()
                        .filter(known -> !known.equals(size))
                        .isPresent()) {
            return "it is " + copy.format() + " with a disk of " + size + ", and the template is another content: "
                    + template.content();
        }
        Optional<TemplateCopyRecord> known = TemplateGround.findCopy(transaction, template.id(), copy.pool());
        if (known.isPresent()) {
            boolean isThis = known.get()
                    .place()
                    .externalId()
                    .filter(external -> external.value().equals(volume.value()))
                    .isPresent();
            return isThis ? KEPT : "the pool has another copy of this template, which is kept";
        }
        PoolRecord pool = transaction.pools().require(copy.pool());
        ExternalId external = new ExternalId(seen.type, "template", volume.value(), seen.at);
        transaction
                .templateCopies()
                .insert(new TemplateCopyRecord(
                        id,
                        0,
                        template.id(),
                        pool.reach().zone(),
                        TemplateCopyRecord.State.READY,
                        Place.first(copy.pool(), copy.format()).seen(copy.format(), external, Optional.empty())));
        templates.settle(transaction, template.id());
        return KEPT;
    }

    private static Optional<String> against(FoundCopy copy, Seen seen) {
        if (seen.not.isPresent()) {
            return seen.not;
        }
        if (seen.size == 0) {
            return Optional.of("it is empty");
        }
        if (seen.secret.isPresent()) {
            return Optional.of("it is encrypted, and nobody knows its key");
        }
        return seen.format.equals(copy.format().name())
                ? Optional.empty()
                : Optional.of("its pool has it as " + seen.format + ", and not as " + copy.format());
    }

    @Override
    public Adoption result(List<FoundCopy> request, Facts result) {
        List<FoundCopy> adopted = new ArrayList<>();
        List<Adoption.Left> left = new ArrayList<>();
        for (int i = 0; i < request.size(); i++) {
            String what = result.text("" + i);
            if (!what.equals(KEPT)) {
                left.add(new Adoption.Left(request.get(i), what));
            } else if (!adopted.contains(request.get(i))) {
                adopted.add(request.get(i));
            } else {
                left.add(new Adoption.Left(request.get(i), "it is told of twice"));
            }
        }
        return new Adoption(adopted, left);
    }
}
