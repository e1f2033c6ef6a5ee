package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import io.hvkit.storage.spi.StoragePool;
import java.util.Comparator;
import java.util.List;

/** From which copy of a template a volume is made, and who copies. Looks, and changes nothing. */
record NewVolumePlan(TemplateGround templates) {

    /** Returns what is to be done for a volume. */
    NewVolume choose(RecordId<TemplateRecord> id, VolumeRequest volume) throws InterruptedException {
        TemplateRecord template = templates.template(id);
        requirePossible(template, volume);
        Ground ground = templates.ground();
        PoolRecord pool = ground.catalog()
                .inTransaction(transaction -> transaction.pools().require(volume.pool()));
        List<TemplateCopyRecord> copies = ground.catalog()
                .inTransaction(transaction ->
                        transaction.templateCopies().where(TemplateCopyRecord.TEMPLATE, id).stream()
                                .filter(copy -> copy.state() == TemplateCopyRecord.State.READY)
                                .filter(copy -> copy.zone().equals(pool.reach().zone()))
                                .sorted(Comparator.comparing(
                                        copy -> copy.place().pool().equals(pool.id()) ? 0 : 1))
                                .toList());
        if (copies.isEmpty()) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "template %s is in no pool of the zone of pool %s; download it to one first",
                            template.name(), pool.name());
        }
        TemplateCopyRecord nearest = copies.get(0);
        requireProtected(template, nearest, volume);
        boolean isHere = nearest.place().pool().equals(pool.id());
        boolean byPool = isHere && template.key().isEmpty() && canCopy(ground.pool(pool.id()), volume);
        return new NewVolume(id, nearest.place().pool(), byPool ? NewVolume.Way.POOL : NewVolume.Way.HOST, volume);
    }

    private static boolean canCopy(StoragePool pool, VolumeRequest volume) {
        boolean needsHeader =
                volume.protection() == Protection.ENCRYPTED && pool.encryption().needsHeader();
        return pool.templates().isPresent() && !needsHeader;
    }

    /** What is encrypted stays so, and nothing is cut off. */
    static void requirePossible(TemplateRecord template, VolumeRequest volume) {
        ByteSize size = template.content().size().orElse(ByteSize.ZERO);
        if (volume.size().compareTo(size) < 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "template %s is a disk of %s, and volume %s of %s would cut its end off",
                            template.name(), size, volume.name(), volume.size());
        }
        if (template.key().isPresent()) {
            requireEncrypted(template, volume);
        }
    }

    /** A copy that its storage encrypted has no key. */
    private static void requireProtected(TemplateRecord template, TemplateCopyRecord copy, VolumeRequest volume) {
        if (copy.place().encryption().isPresent()) {
            requireEncrypted(template, volume);
        }
    }

    private static void requireEncrypted(TemplateRecord template, VolumeRequest volume) {
        if (volume.protection() != Protection.ENCRYPTED) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "template %s is encrypted, and volume %s would hold the same in clear; ask for it encrypted()",
                            template.name(), volume.name());
        }
    }
}
