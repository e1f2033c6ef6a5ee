package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Secret;
import io.hvkit.core.Sha256;
import io.hvkit.engine.internal.Names;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.volume.ExtractRequest;
import io.hvkit.engine.volume.Extraction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Copies a volume with which no machine runs to a file, under a key that somebody gave, or in clear. The vault keeps that key for the length of
 * the operation, so that another process can finish it; it is retired with its end.
 */
public final class ExtractProcedure implements Procedure<Extract, Extraction> {

    private final Ground ground;

    /** Makes it. */
    public ExtractProcedure(Ground ground) {
        this.ground = ground;
    }

    /** Returns a request as the journal keeps it, whose key the vault keeps: one that is never begun is destroyed as others that nobody needs. */
    public Extract kept(ExtractRequest asked, String idempotencyKey) throws InterruptedException {
        Optional<RecordId<KeyRecord>> key = Optional.empty();
        if (asked.key().isPresent()) {
            RecordId<KeyRecord> id = new RecordId<>(Names.derived(idempotencyKey, "extraction"));
            Secret secret = asked.key().get();
            key = Optional.of(ground.keys().keep(id, secret).id());
        }
        return new Extract(asked.volume(), asked.host(), asked.file(), asked.format(), key, asked.authorisation());
    }

    @Override
    public String kind() {
        return "volume.extract";
    }

    @Override
    public Facts facts(Extract request) {
        return request.facts();
    }

    @Override
    public Extract request(Facts facts) {
        return Extract.of(facts);
    }

    /** The volume stays where it is meanwhile; and nobody else extracts to that path, on whatever host: two may share a folder. */
    @Override
    public SortedSet<String> objects(Extract request) {
        String file = Sha256.of(request.file().toString().getBytes(StandardCharsets.UTF_8))
                .hex();
        return new TreeSet<>(Set.of(Ground.object(request.volume()), "file:" + file));
    }

    @Override
    public Facts run(Extract request, Run run) throws InterruptedException {
        Facts plan = run.step(Step.of("plan", () -> new ExtractLook(ground, request).facts()));
        ExtractCopy copy = new ExtractCopy(ground, request, plan);
        run.step(Step.of("target", copy::requireNothingThere).undoneBy(copy::tellOfWhatIsThere));
        // first, so that the key goes before what may fail: an undoing stops there
        run.step(Step.of("lend", copy::lend).undoneBy(evidence -> copy.giveBack()));
        run.step(Step.recorded("key", transaction -> {
                    request.key().ifPresent(key -> ground.keys().claim(transaction, key));
                    return Facts.NONE.with("key", request.key());
                })
                .forgetting((transaction, evidence) ->
                        request.key().ifPresent(key -> ground.keys().release(transaction, key))));
        Facts made = run.step(Step.of("copy", () -> copy.copy(run.progress())));
        run.step(Step.of("compare", () -> copy.compare(run.progress())));
        run.step(Step.of("close", copy::giveBack));
        run.step(Step.recorded("done", transaction -> {
                    request.key().ifPresent(key -> ground.keys().release(transaction, key));
                    return made;
                })
                .committing());
        return made;
    }

    @Override
    public Extraction result(Extract request, Facts result) {
        return new Extraction(
                request.volume(),
                request.host(),
                request.file(),
                request.format(),
                ByteSize.bytes(Long.parseLong(result.text("size"))),
                result.find("attestation"));
    }
}
