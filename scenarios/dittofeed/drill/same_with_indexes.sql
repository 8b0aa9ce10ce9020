select watertight_drill.must_be('0009 alone');
