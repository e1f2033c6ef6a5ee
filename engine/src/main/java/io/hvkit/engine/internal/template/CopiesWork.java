package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A template that is worked on, with all copies it had when that was asked for: no host reads them meanwhile.
 *
 * @param template the template
 * @param pools the pools that have it
 */
public record CopiesWork(RecordId<TemplateRecord> template, List<RecordId<PoolRecord>> pools) {

    /** Copies the list. */
    public CopiesWork {
        pools = List.copyOf(pools);
    }

    /** Returns the work on a template as it is now. */
    public static CopiesWork on(Transaction transaction, RecordId<TemplateRecord> template) {
        return new CopiesWork(
                template,
                transaction.templateCopies().where(TemplateCopyRecord.TEMPLATE, template).stream()
                        .map(copy -> copy.place().pool())
                        .toList());
    }

    static CopiesWork of(Facts facts) {
        List<RecordId<PoolRecord>> pools = facts.texts().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("pool."))
                .map(entry -> new RecordId<PoolRecord>(entry.getValue()))
                .toList();
        return new CopiesWork(new RecordId<>(facts.text("template")), pools);
    }

    Facts facts() {
        Facts facts = Facts.of("template", template);
        for (int i = 0; i < pools.size(); i++) {
            facts = facts.with("pool." + i, pools.get(i));
        }
        return facts;
    }

    SortedSet<String> objects() {
        SortedSet<String> objects = new TreeSet<>();
        pools.forEach(pool -> objects.add(TemplateGround.object(template, pool)));
        return objects;
    }
}
