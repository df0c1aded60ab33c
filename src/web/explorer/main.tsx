import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './explorer.css';
import { createRoot } from 'react-dom/client';
import { Explorer } from './explorer.js';
import { rememberFragmentToken } from './stored-token.js';

rememberFragmentToken();
createRoot(document.getElementById('root') as HTMLElement).render(<Explorer />);
