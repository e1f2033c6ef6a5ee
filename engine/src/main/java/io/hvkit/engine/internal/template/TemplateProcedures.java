package io.hvkit.engine.internal.template;

import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.volume.VolumeRequest;
import java.util.List;

/**
 * What is done to templates.
 *
 * @param ground what this stands on
 * @param register makes one known
 * @param load brings one to a pool
 * @param capture makes one of a volume
 * @param volume makes a volume of one
 * @param adopt keeps what another system has left
 * @param delete removes one
 * @param tidy takes one from hosts that have it still
 */
public record TemplateProcedures(
        TemplateGround ground,
        RegisterProcedure register,
        LoadProcedure load,
        CaptureProcedure capture,
        NewVolumeProcedure volume,
        AdoptProcedure adopt,
        DeleteTemplateProcedure delete,
        TidyTemplateProcedure tidy) {

    /** Makes them. */
    public static TemplateProcedures on(TemplateGround ground) {
        return new TemplateProcedures(
                ground,
                new RegisterProcedure(ground),
                new LoadProcedure(ground),
                new CaptureProcedure(ground),
                new NewVolumeProcedure(ground),
                new AdoptProcedure(ground),
                new DeleteTemplateProcedure(ground),
                new TidyTemplateProcedure(ground));
    }

    /** Returns all of them, so that each is known when it is to be recovered. */
    public List<Procedure<?, ?>> all() {
        return List.of(register, load, capture, volume, adopt, delete, tidy);
    }

    /** Looks from which copy of a template a volume is to be made, and by whom. */
    public NewVolume plan(RecordId<TemplateRecord> template, VolumeRequest volume) throws InterruptedException {
        return new NewVolumePlan(ground).choose(template, volume);
    }
}
