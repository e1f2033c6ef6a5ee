package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateCopyRecord.State;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.usage.Thing;
import java.util.Optional;
import java.util.SortedSet;

/** Removes a template from every pool; then its record goes, and its key is retired. */
public final class DeleteTemplateProcedure implements Procedure<CopiesWork, RecordId<TemplateRecord>> {

    private final TemplateGround templates;

    /** Makes it. */
    public DeleteTemplateProcedure(TemplateGround templates) {
        this.templates = templates;
    }

    @Override
    public String kind() {
        return "template.delete";
    }

    @Override
    public Facts facts(CopiesWork request) {
        return request.facts();
    }

    @Override
    public CopiesWork request(Facts facts) {
        return CopiesWork.of(facts);
    }

    @Override
    public SortedSet<String> objects(CopiesWork request) {
        return request.objects();
    }

    @Override
    public Facts run(CopiesWork request, Run run) throws InterruptedException {
        run.step(Step.recorded("mark", transaction -> mark(transaction, request))
                .forgetting((transaction, evidence) -> unmark(transaction, request)));
        for (RecordId<PoolRecord> pool : request.pools()) {
            run.step(Step.of("remove-" + pool, () -> {
                        templates.takeBack(pool, request.template());
                        templates.removeCopy(pool, request.template());
                        return Facts.of("pool", pool);
                    })
                    .lookedForBy(() -> gone(pool, request.template()))
                    .keeping((transaction, evidence) -> {
                        TemplateGround.findCopy(transaction, request.template(), pool)
                                .ifPresent(transaction.templateCopies()::delete);
                        templates.settle(transaction, request.template());
                    }));
        }
        run.step(Step.recorded("forget", transaction -> forget(transaction, request))
                .committing());
        return Facts.of("template", request.template());
    }

    /** A pool that does not answer may have removed it all the same; what is gone is never told to be there. */
    private Optional<Facts> gone(RecordId<PoolRecord> pool, RecordId<TemplateRecord> template)
            throws InterruptedException {
        return templates.isIn(pool, template) ? Optional.empty() : Optional.of(Facts.of("pool", pool));
    }

    private static Facts mark(Transaction transaction, CopiesWork request) {
        for (TemplateCopyRecord copy :
                transaction.templateCopies().where(TemplateCopyRecord.TEMPLATE, request.template())) {
            if (!request.pools().contains(copy.place().pool()) || isBeingMade(transaction, copy)) {
                throw DriverException.because(Failure.OPERATION_PENDING)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "template %s is being brought to pool %s; wait for that, and ask again",
                                request.template(), copy.place().pool());
            }
            transaction.templateCopies().update(copy.in(State.DELETING));
        }
        return Facts.of("template", request.template());
    }

    /** A copy is called as the operation that makes it; once that has ended, nobody makes it any more. */
    private static boolean isBeingMade(Transaction transaction, TemplateCopyRecord copy) {
        return copy.state() == State.LOADING
                && transaction
                        .journal()
                        .find(new RecordId<>(copy.id().value()))
                        .map(OperationRecord::state)
                        .filter(state -> !state.isEnded())
                        .isPresent();
    }

    private static void unmark(Transaction transaction, CopiesWork request) {
        for (TemplateCopyRecord copy :
                transaction.templateCopies().where(TemplateCopyRecord.TEMPLATE, request.template())) {
            boolean wasThere = copy.place().externalId().isPresent();
            transaction.templateCopies().update(copy.in(wasThere ? State.READY : State.LOADING));
        }
    }

    private Facts forget(Transaction transaction, CopiesWork request) {
        Optional<TemplateRecord> known = transaction.templates().find(request.template());
        if (known.isPresent()) {
            transaction.templates().delete(known.get());
            templates
                    .ground()
                    .ledger(transaction)
                    .end(Thing.template(request.template()).toString());
            known.get().key().ifPresent(key -> templates.ground().keys().release(transaction, key));
        }
        return Facts.of("template", request.template());
    }

    @Override
    public RecordId<TemplateRecord> result(CopiesWork request, Facts result) {
        return request.template();
    }
}
