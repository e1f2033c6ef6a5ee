package io.hvkit.qemu;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

final class BooleanParameters extends ArchCondition<JavaClass> {

    BooleanParameters() {
        super("have public methods with boolean parameters");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        type.getMethods().stream()
                .filter(m -> m.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(m -> m.getRawParameterTypes().stream().anyMatch(p -> p.isEquivalentTo(boolean.class)))
                .forEach(m -> events.add(SimpleConditionEvent.satisfied(m, m.getDescription())));
    }
}
