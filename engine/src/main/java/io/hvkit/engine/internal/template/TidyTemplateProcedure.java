package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import java.util.SortedSet;

/** Takes a template's copies from hosts that were lent them, and did not answer when they were to be given back. */
public final class TidyTemplateProcedure implements Procedure<CopiesWork, RecordId<TemplateRecord>> {

    private final TemplateGround templates;

    /** Makes it. */
    public TidyTemplateProcedure(TemplateGround templates) {
        this.templates = templates;
    }

    @Override
    public String kind() {
        return "template.tidy";
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
        for (RecordId<PoolRecord> pool : request.pools()) {
            run.step(Step.of("return-" + pool, () -> Facts.of("ended", takeBack(pool, request.template()))));
        }
        return Facts.of("template", request.template());
    }

    /** Who makes a copy of a volume holds the volume alone, so what is not whole yet stays. */
    private int takeBack(RecordId<PoolRecord> pool, RecordId<TemplateRecord> template) throws InterruptedException {
        boolean isWhole = templates.copy(template, pool).state() == TemplateCopyRecord.State.READY;
        return isWhole ? templates.takeBack(pool, template) : 0;
    }

    @Override
    public RecordId<TemplateRecord> result(CopiesWork request, Facts result) {
        return request.template();
    }
}
