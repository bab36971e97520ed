// What no page can do.
import { serve } from 'webson';

void serve({ port: 8080 });
