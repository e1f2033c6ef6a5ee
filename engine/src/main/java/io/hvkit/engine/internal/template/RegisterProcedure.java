package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Sha256;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.usage.Measures;
import io.hvkit.engine.template.TemplateRequest;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Thing;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Makes a template known; whoever asks for an equal one gets the same. */
public final class RegisterProcedure implements Procedure<TemplateRequest, TemplateRecord> {

    private final TemplateGround templates;

    /** Makes it. */
    public RegisterProcedure(TemplateGround templates) {
        this.templates = templates;
    }

    @Override
    public String kind() {
        return "template.register";
    }

    @Override
    public Facts facts(TemplateRequest request) {
        return asked(request);
    }

    static Facts asked(TemplateRequest request) {
        return Facts.of("name", request.name())
                .with("format", request.format())
                .with("digest", request.digest())
                .with("source", request.source())
                .with("size", request.size().map(ByteSize::bytes))
                .with("owner", request.owner().map(Account::path));
    }

    @Override
    public TemplateRequest request(Facts facts) {
        return new TemplateRequest(
                facts.text("name"),
                ImageFormat.valueOf(facts.text("format")),
                new Sha256(facts.text("digest")),
                facts.find("source").map(URI::create),
                facts.find("size").map(Long::parseLong).map(ByteSize::bytes),
                facts.find("owner").map(Account::of));
    }

    /** Nobody works on a template as such; its name is guarded by the catalog. */
    @Override
    public SortedSet<String> objects(TemplateRequest request) {
        return new TreeSet<>();
    }

    @Override
    public Facts run(TemplateRequest request, Run run) throws InterruptedException {
        Facts time = run.step(
                Step.of("time", () -> Facts.of("at", templates.ground().clock().instant())));
        return run.step(Step.recorded("record", transaction -> {
            TemplateRecord wanted = new TemplateRecord(
                    new RecordId<>(run.operation().value()),
                    0,
                    request.name(),
                    new TemplateRecord.Content(request.format(), Optional.of(request.digest()), request.size()),
                    request.source().map(URI::toString),
                    Optional.empty(),
                    Instant.parse(time.text("at")));
            return Facts.of(
                    "template", known(transaction, wanted, request.owner()).id());
        }));
    }

    /** Returns the template of that name if it holds the same; else keeps this one. */
    private TemplateRecord known(Transaction transaction, TemplateRecord wanted, Optional<Account> owner) {
        Optional<TemplateRecord> same = transaction.templates().where(TemplateRecord.NAME, wanted.name()).stream()
                .findAny();
        if (same.isPresent()) {
            requireSame(wanted, same.get());
            return same.get();
        }
        for (TemplateRecord other : transaction
                .templates()
                .where(
                        TemplateRecord.DIGEST,
                        wanted.content().digest().orElseThrow().hex())) {
            requireAgreement(wanted, other);
        }
        TemplateRecord kept = transaction.templates().insert(wanted);
        owner.ifPresent(account -> templates
                .ground()
                .ledger(transaction)
                .hold(Thing.template(kept.id()).toString(), account, Optional.empty(), Measures.template(0)));
        return kept;
    }

    private static void requireSame(TemplateRecord wanted, TemplateRecord known) {
        boolean isSame = known.content().digest().equals(wanted.content().digest())
                && known.source().equals(wanted.source());
        if (!isSame) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "template %s is another one, with the digest %s from %s; what a template holds never changes, so take"
                                    + " another name",
                            known.name(),
                            known.content().digest().map(Sha256::hex).orElse("of a volume"),
                            known.source().orElse("an upload"));
        }
        requireAgreement(wanted, known);
    }

    /** The same bytes are of one format and one size, whoever says so. */
    private static void requireAgreement(TemplateRecord wanted, TemplateRecord known) {
        boolean isSameSize = wanted.content().size().isEmpty()
                || known.content().size().isEmpty()
                || wanted.content().size().equals(known.content().size());
        if (wanted.content().format() != known.content().format() || !isSameSize) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "template %s holds the image with this digest, as %s with a disk of %s, and %s is to hold it as %s with"
                                    + " a disk of %s",
                            known.name(),
                            known.content().format(),
                            known.content().size().map(ByteSize::toString).orElse("unknown size"),
                            wanted.name(),
                            wanted.content().format(),
                            wanted.content().size().map(ByteSize::toString).orElse("unknown size"));
        }
    }

    @Override
    public TemplateRecord result(TemplateRequest request, Facts result) throws InterruptedException {
        return templates.template(new RecordId<>(result.text("template")));
    }
}
